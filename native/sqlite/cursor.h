// The rows of one statement, a batch at a time, as the columns of Arrow.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "column_values.h"
#include "connection.h"
#include "parameters.h"
#include "statement.h"

namespace luaskills::sqlite {

class Cursor {
 public:
  struct Column {
    std::string name;
    std::string declared;  // type in the table's declaration, "" for an expression
  };

  // `params` as in statements.h. Throws Error; so do all others. The connection must live longer.
  Cursor(Connection& connection, std::string sql, std::string params);

  // False when running the statement changes the database. Its locks are held until the last row was fetched.
  [[nodiscard]] bool is_readonly() const;

  // Takes the next rows, at most `max_rows`, and no more once kBatchBytes are held; 0 at the end. The
  // statement is finished with as soon as it is seen to have no more rows.
  std::size_t fetch(std::size_t max_rows);
  [[nodiscard]] bool is_done() const { return done_; }

  // Of the rows that were fetched last. The columns are final with the first row.
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] unsigned seen(std::size_t column) const { return values_[column].seen(); }
  ArrowArray build(std::size_t column, ArrowType type) { return values_[column].build(type); }

 private:
  static constexpr std::size_t kBatchBytes = std::size_t{4} << 20;

  void read_columns();
  void take_row();
  std::size_t held() const;

  std::string sql_;
  std::string params_;
  Parameters parameters_;
  Statement statement_;
  std::vector<Column> columns_;
  std::vector<ColumnValues> values_;
  bool done_ = false;
};

}  // namespace luaskills::sqlite
