#include "connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "statement.h"
#include "statements.h"

namespace luaskills::sqlite {
namespace {

// sqlite3_set_authorizer(): action codes.
enum Action { kPragma = 19, kRead = 20, kAttach = 24, kDetach = 25 };

// Pragmas whose argument says what to look at, or changes the file instead of the connection.
constexpr std::array<std::string_view, 16> kHarmlessPragmas = {
    "application_id", "foreign_key_check", "foreign_key_list", "incremental_vacuum",
    "index_info",     "index_list",        "index_xinfo",      "integrity_check",
    "optimize",       "quick_check",       "table_info",       "table_list",
    "table_xinfo",    "user_version",      "wal_checkpoint",   "function_list",
};

bool equal_names(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [lower](char a, char b) { return lower(a) == lower(b); });
}

// Whether a connection is no longer like a new one afterwards.
bool soils(int action, const char* first, const char* second, const char* schema) {
  switch (action) {
    case kAttach:
    case kDetach:
      return true;
    case kPragma:
      return second != nullptr &&
             std::none_of(kHarmlessPragmas.begin(), kHarmlessPragmas.end(),
                          [first](std::string_view name) { return equal_names(name, first); });
    case kRead:
      return false;
    default:
      return schema != nullptr && equal_names(schema, "temp");
  }
}

}  // namespace

Connection::Connection(core::Watchdog& watchdog, const Api& api, const std::string& file,
                       const std::string& setup)
    : api_(api), request_(watchdog) {
  if (file.find('\0') != std::string::npos) {
    throw Error("SQLITE_CANTOPEN", "the name of a file must not contain NUL characters");
  }
  constexpr int kFlags = kOpenReadWrite | kOpenCreate | kOpenNoMutex | kOpenExtendedCodes;
  try {
    check_open(api_.open_v2(file.c_str(), &database_, kFlags, nullptr));
    api_.limit(database_, kLimitLength, kMaxValueBytes);
    api_.db_config(database_, kConfigDefensive, 1, nullptr);
    check_open(api_.busy_handler(database_, &Connection::on_busy, this));
    check_open(api_.trace_v2(database_, kTraceStatement, &Connection::on_trace, this));
    run_script(*this, setup);
    check_open(api_.set_authorizer(database_, &Connection::on_authorize, this));
  } catch (...) {
    close_file();
    throw;
  }
}

Connection::~Connection() {
  if (is_open()) close_file();
}

// There may be no database to ask.
void Connection::check_open(int result) {
  if (result == kOk) return;
  if (database_ != nullptr) fail(result);
  throw Error(code_name(result), api_.errstr(result));
}

void Connection::close() {
  if (request_.is_running()) throw Error("SQLITE_MISUSE", "a statement runs on the connection");
  if (is_open()) close_file();
}

void Connection::close_file() noexcept {
  request_.end();
  drop_statements();
  api_.close(std::exchange(database_, nullptr));
}

void Connection::drop_statements() noexcept {
  for (Statement* statement : statements_) statement->abandon();
  statements_.clear();
  for (const Prepared& prepared : prepared_) api_.finalize(prepared.handle);
  prepared_.clear();
}

void Connection::begin(Token token, core::Nanoseconds timeout) {
  sqlite3* open = database();
  request_.begin(token, timeout);
  api_.set_last_insert_rowid(open, 0);
}

void Connection::end() {
  if (request_.is_running()) throw Error("SQLITE_MISUSE", "a statement runs on the connection");
  request_.end();
  if (is_open() && in_transaction()) rollback();
}

sqlite3* Connection::database() const {
  if (!is_open()) throw Error(Error::kClosed, "the connection is closed");
  return database_;
}

void Connection::rollback() noexcept {
  sqlite3_stmt* statement = nullptr;
  if (api_.prepare_v3(database_, "ROLLBACK", -1, 0, &statement, nullptr) == kOk) api_.step(statement);
  api_.finalize(statement);
}

void Connection::fail(int result) {
  if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
  const int primary = result & 0xff;
  if (primary == kInterrupt || primary == kBusy) request_.check();  // the busy handler gives up when stopped
  const char* message = primary == kNoMemory ? nullptr : api_.errmsg(database_);
  throw Error(code_name(result), message != nullptr ? message : api_.errstr(result));
}

int Connection::on_busy(void* self, int count) noexcept {
  auto& connection = *static_cast<Connection*>(self);
  const core::Nanoseconds now = core::now();
  if (count == 0) connection.busy_since_ = now;
  const core::Nanoseconds left = connection.busy_since_ + kBusyTimeout - now;
  if (left <= 0) return 0;
  // Short at first: most locks are held for less than a millisecond.
  const core::Nanoseconds pause =
      std::min<core::Nanoseconds>((count + 1) * core::kMillisecond, 20 * core::kMillisecond);
  return connection.request_.wait(std::min(pause, left)) ? 1 : 0;
}

int Connection::on_trace(unsigned, void* self, void*, void*) noexcept {
  auto& connection = *static_cast<Connection*>(self);
  if (connection.request_.is_running() && connection.request_.is_stopped()) {
    connection.api_.interruptx(connection.database_);
  }
  return 0;
}

int Connection::on_authorize(void* self, int action, const char* first, const char* second,
                             const char* schema, const char*) noexcept {
  if (soils(action, first, second, schema)) static_cast<Connection*>(self)->soiled_ = true;
  return kOk;
}

sqlite3_stmt* Connection::take(std::string_view sql) {
  const auto found = std::find_if(prepared_.rbegin(), prepared_.rend(),
                                  [sql](const Prepared& prepared) { return prepared.sql == sql; });
  if (found == prepared_.rend()) return nullptr;
  sqlite3_stmt* handle = found->handle;
  prepared_.erase(std::next(found).base());
  return handle;
}

void Connection::keep(std::string&& sql, sqlite3_stmt* handle) noexcept {
  try {
    prepared_.push_back({std::move(sql), handle});
  } catch (const std::bad_alloc&) {
    api_.finalize(handle);
    return;
  }
  if (prepared_.size() <= kMaxPrepared) return;
  api_.finalize(prepared_.front().handle);
  prepared_.erase(prepared_.begin());
}

}  // namespace luaskills::sqlite
