#include "sqlite_database.h"

#include <sqlite3.h>

#include <atomic>
#include <filesystem>

#include "../sqlite/extension.h"

extern "C" int sqlite3_luaskills_init(sqlite3* database, char** error, const sqlite3_api_routines* table);

namespace luaskills::test {
namespace {

thread_local int allocations_left = 0;
thread_local bool allocation_failed = false;
sqlite3_mem_methods real_memory;

bool may_allocate() {
  if (allocations_left == 0) return true;
  if (allocations_left > 1) {
    allocations_left--;
    return true;
  }
  allocation_failed = true;
  return false;
}

// Once for the process: allocations that can fail, and what SQLite gives to extensions.
const sqlite::Api& sqlite_api() {
  static const sqlite::Api api = [] {
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods failing = real_memory;
    failing.xMalloc = [](int size) { return may_allocate() ? real_memory.xMalloc(size) : nullptr; };
    failing.xRealloc = [](void* block, int size) {
      return may_allocate() ? real_memory.xRealloc(block, size) : nullptr;
    };
    sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
    sqlite::Api received;
    const sqlite::ApiReceiver receiver(received);
    auto* entry = reinterpret_cast<void (*)()>(&sqlite3_luaskills_init);
    sqlite3_auto_extension(entry);
    sqlite3* database = nullptr;
    sqlite3_open(":memory:", &database);
    sqlite3_close(database);
    sqlite3_cancel_auto_extension(entry);
    return received;
  }();
  return api;
}

}  // namespace

void fail_sqlite_allocation(int n) {
  allocations_left = n;
  allocation_failed = false;
}

bool sqlite_allocation_failed() {
  return allocation_failed;
}

Database::Database(const std::string& file, const std::string& setup)
    : connection_(watchdog_, sqlite_api(), file, setup) {}

std::string Database::query(const char* sql, std::string_view params) {
  core::TextBuffer rows;
  sqlite::run_query(connection_, sql, params, rows);
  return std::string(rows.view());
}

TemporaryFile::TemporaryFile() {
  static std::atomic<int> number{0};
  const auto folder = std::filesystem::temp_directory_path() /
                      ("luaskills-sqlite-" + std::to_string(core::now()) + "-" + std::to_string(number++));
  std::filesystem::create_directory(folder);
  folder_ = folder.string();
  path_ = (folder / "test.sqlite3").string();
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace luaskills::test
