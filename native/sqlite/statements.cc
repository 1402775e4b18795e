#include "statements.h"

#include <optional>
#include <string>

#include "json_text.h"
#include "parameters.h"
#include "rows.h"
#include "statement.h"

namespace luaskills::sqlite {
namespace {

// Tells what a statement has changed. sqlite3_changes() alone is still that of an earlier statement when this
// one is no INSERT, UPDATE or DELETE.
class Changes {
 public:
  explicit Changes(const Connection& connection)
      : api_(connection.api()),
        database_(connection.database()),
        last_(api_.changes64(database_)),
        total_(api_.total_changes64(database_)) {}

  // Nothing when no rows can have been changed.
  [[nodiscard]] std::optional<Integer> count() const {
    const Integer now = api_.changes64(database_);
    if (now == last_ && api_.total_changes64(database_) == total_) return {};
    return now;
  }

 private:
  const Api& api_;
  sqlite3* database_;
  Integer last_;
  Integer total_;
};

void run_to_end(Statement& statement) {
  while (statement.step()) {
  }
}

void run_alone(Connection& connection, const char* sql) {
  Statement statement(connection, sql);
  run_to_end(statement);
}

Outcome finish(const Connection& connection, Outcome outcome) {
  outcome.last_insert_rowid = connection.api().last_insert_rowid(connection.database());
  return outcome;
}

// The error of a row, which says which one it was.
Error of_row(const Error& error, std::size_t row) {
  return {error.code(), "items[" + std::to_string(row) + "]: " + error.what()};
}

Outcome run_rows(Connection& connection, std::string_view sql, std::string_view items) {
  const Request::Running running = connection.run();
  Items rows(items);
  Statement statement(connection, sql);
  Outcome outcome;
  run_alone(connection, "BEGIN IMMEDIATE");
  while (rows.bind_next(statement)) {
    const Changes changes(connection);
    try {
      run_to_end(statement);
    } catch (const Error& error) {
      throw of_row(error, rows.row());
    }
    statement.reset();
    ++outcome.statements;
    outcome.rows_changed += changes.count().value_or(0);
    if (!connection.in_transaction()) {
      throw of_row({"SQLITE_ERROR", "the statement has ended the transaction of the batch"}, rows.row());
    }
  }
  run_alone(connection, "COMMIT");
  return finish(connection, outcome);
}

}  // namespace

Outcome run_script(Connection& connection, std::string_view sql) {
  const Request::Running running = connection.run();
  check_sql(sql);
  Outcome outcome;
  for (std::string_view rest = sql;;) {
    Statement statement(connection, rest, rest);
    if (statement.handle() == nullptr) break;
    const Changes changes(connection);
    run_to_end(statement);
    ++outcome.statements;
    outcome.rows_changed = changes.count().value_or(outcome.rows_changed);
    if (rest.empty()) break;
  }
  return finish(connection, outcome);
}

Outcome run_statement(Connection& connection, std::string_view sql, std::string_view params) {
  const Request::Running running = connection.run();
  Parameters parameters(params);
  Statement statement(connection, sql);
  parameters.bind(statement);
  const Changes changes(connection);
  if (statement.api().column_count(statement.handle()) != 0) {
    throw Error(Error::kReturnsRows, "the statement returns rows");
  }
  run_to_end(statement);
  return finish(connection, {1, changes.count().value_or(0), 0});
}

Outcome run_batch(Connection& connection, std::string_view sql, std::string_view items) {
  if (connection.in_transaction()) throw Error("SQLITE_ERROR", "a transaction is open already");
  try {
    return run_rows(connection, sql, items);
  } catch (...) {
    // Not below run(): a request that has been stopped rolls back as well.
    if (connection.is_open() && connection.in_transaction()) connection.rollback();
    throw;
  }
}

std::size_t run_query(Connection& connection, std::string_view sql, std::string_view params,
                      core::TextBuffer& out) {
  const Request::Running running = connection.run();
  Parameters parameters(params);
  Statement statement(connection, sql);
  parameters.bind(statement);
  std::size_t count = 0;
  append_text(out, "[");
  if (statement.step()) {
    const RowWriter row(statement);
    do {
      if (count++ != 0) append_text(out, ",");
      row.write(out);
    } while (statement.step());
  }
  append_text(out, "]");
  return count;
}

}  // namespace luaskills::sqlite
