#include "statement.h"

#include <utility>

namespace luaskills::sqlite {
namespace {

std::string_view without_blanks(std::string_view text) {
  const std::size_t start = text.find_first_not_of("; \t\r\n\f");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

}  // namespace

void check_sql(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    throw Error("SQLITE_ERROR", "sql must not contain NUL characters");
  }
}

Statement::Statement(Connection& connection) : connection_(connection) {
  connection_.database();
  connection_.statements_.insert(this);
}

// Delegating: whatever these throw, the destructor runs.
Statement::Statement(Connection& connection, std::string_view sql) : Statement(connection) {
  handle_ = connection_.take(sql);
  if (handle_ == nullptr) {
    check_sql(sql);
    std::string_view rest = without_blanks(sql);
    while (handle_ == nullptr && !rest.empty()) rest = prepare(rest);
    if (handle_ == nullptr) throw Error(Error::kNoStatement, "sql holds no statement");
    while (!rest.empty()) {
      Statement next(connection_);
      bool blank = false;
      try {
        rest = next.prepare(rest);
        blank = next.handle_ == nullptr;
      } catch (const Error&) {  // blanks and comments are no error
      }
      if (!blank) throw Error(Error::kMultipleStatements, "sql holds more than one statement");
    }
  }
  if (sql.size() <= Connection::kMaxPreparedSql) sql_ = sql;
}

Statement::Statement(Connection& connection, std::string_view sql, std::string_view& rest)
    : Statement(connection) {
  handle_ = connection_.take(sql);
  if (handle_ != nullptr) {
    sql_ = sql;
    rest = {};
    return;
  }
  rest = without_blanks(sql);
  while (handle_ == nullptr && !rest.empty()) rest = prepare(rest);
  if (rest.empty() && sql.size() <= Connection::kMaxPreparedSql) sql_ = sql;
}

Statement::~Statement() {
  if (handle_ != nullptr) {
    reset();
    if (sql_.empty()) {
      api().finalize(handle_);
    } else {
      connection_.keep(std::move(sql_), handle_);
    }
  }
  connection_.statements_.erase(this);
}

std::string_view Statement::prepare(std::string_view sql) {
  const char* tail = nullptr;
  const int result =
      api().prepare_v3(connection_.database(), sql.data(), -1, kPreparePersistent, &handle_, &tail);
  if (result != kOk) connection_.fail(result);
  return without_blanks(sql.substr(static_cast<std::size_t>(tail - sql.data())));
}

bool Statement::step() {
  connection_.database();
  connection_.request().check();
  const int result = api().step(handle_);
  if (result == kRow) return true;
  if (result == kDone) return false;
  connection_.fail(result);
}

void Statement::reset() noexcept {
  api().reset(handle_);
  api().clear_bindings(handle_);
}

void Statement::abandon() noexcept {
  api().finalize(std::exchange(handle_, nullptr));
}

}  // namespace luaskills::sqlite
