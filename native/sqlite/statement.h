// A prepared statement in use. Afterwards the connection keeps it for the next time.
#pragma once

#include <string>
#include <string_view>

#include "connection.h"

namespace luaskills::sqlite {

// Throws Error when `sql` holds a NUL character, behind which SQLite would not look.
void check_sql(std::string_view sql);

class Statement {
 public:
  // `sql` is followed by a NUL character. Both throw Error when SQLite refuses it.
  //
  // The one statement of `sql`; throws when there are none or more.
  Statement(Connection& connection, std::string_view sql);
  // The first statement of `sql` (checked), with what follows it in `rest`. handle() is null when there is
  // none.
  Statement(Connection& connection, std::string_view sql, std::string_view& rest);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Null once the connection is closed, which a tokenizer may do while the statement is in use.
  [[nodiscard]] sqlite3_stmt* handle() const { return handle_; }
  Connection& connection() const { return connection_; }
  const Api& api() const { return connection_.api(); }

  // Runs to the next row; false at the end. Below Connection::run().
  bool step();
  // Back to the start, without bound values.
  void reset() noexcept;

  // The connection closes.
  void abandon() noexcept;

 private:
  explicit Statement(Connection& connection);

  // Prepares the first statement of `sql` and returns what follows it; there may be none but blanks and
  // comments.
  std::string_view prepare(std::string_view sql);

  Connection& connection_;
  sqlite3_stmt* handle_ = nullptr;
  std::string sql_;  // empty when the statement is not worth keeping
};

}  // namespace luaskills::sqlite
