// A database with a connection of ours on it: SQLite as better-sqlite3 compiles it, with this test in its
// place.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "../core/text_buffer.h"
#include "../core/watchdog.h"
#include "../sqlite/connection.h"
#include "../sqlite/statements.h"

namespace luaskills::test {

// Lets the n-th allocation of SQLite from now on fail, and those behind it, on this thread; 0 for none.
void fail_sqlite_allocation(int n);

// Whether an allocation has failed since.
bool sqlite_allocation_failed();

class Database {
 public:
  explicit Database(const std::string& file = ":memory:", const std::string& setup = "");

  sqlite::Connection& connection() { return connection_; }

  std::string query(const char* sql, std::string_view params = "");
  sqlite::Outcome script(const char* sql) { return sqlite::run_script(connection_, sql); }
  sqlite::Outcome execute(const char* sql, std::string_view params = "") {
    return sqlite::run_statement(connection_, sql, params);
  }
  sqlite::Outcome batch(const char* sql, std::string_view items) {
    return sqlite::run_batch(connection_, sql, items);
  }

 private:
  core::Watchdog watchdog_;
  sqlite::Connection connection_;
};

// A file in a folder of its own, removed with it.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string folder_;
  std::string path_;
};

// `CODE: message` of what `body` throws, "" when it returns.
template <typename Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const sqlite::Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
  return "";
}

}  // namespace luaskills::test
