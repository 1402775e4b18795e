// Rows as JSON text: an object each, members in the order of the columns.
//
// INTEGER keeps all its digits, REAL is the shortest text of that double ("inf" and "-inf" where there is
// none), TEXT that is not UTF-8 becomes null, BLOB an array of numbers. Of columns with one name the last one
// counts.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/text_buffer.h"
#include "statement.h"

namespace luaskills::sqlite {

// Of JSON text: V8 holds no longer strings.
inline constexpr std::size_t kMaxRowsBytes = std::size_t{512} << 20;

class RowWriter {
 public:
  // For a statement that stands on its first row: only then its columns are final.
  explicit RowWriter(const Statement& statement);

  // Appends the row on which the statement stands. Throws std::bad_alloc, and Error (SQLITE_TOOBIG) beyond
  // kMaxRowsBytes.
  void write(core::TextBuffer& out) const;

 private:
  struct Column {
    int index;
    std::string key;  // with what stands before it: `{"id":` or `,"name":`
  };

  void write_value(core::TextBuffer& out, int column) const;

  const Api& api_;
  sqlite3_stmt* statement_;
  std::vector<Column> columns_;
};

}  // namespace luaskills::sqlite
