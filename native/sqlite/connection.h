// An open database file.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "abi.h"
#include "error.h"
#include "request.h"

namespace luaskills::sqlite {

class Statement;

// Everything is for one thread, but for interrupt() (request.h).
class Connection {
 public:
  // How long a statement waits for the locks of another connection.
  static constexpr core::Nanoseconds kBusyTimeout = 5000 * core::kMillisecond;
  // Of a value or a row, in bytes. Larger ones could never reach JavaScript.
  static constexpr int kMaxValueBytes = 512 << 20;

  // Opens the file, which is created where it does not exist, and runs the script `setup`, which does not
  // count as soiling. Throws Error.
  Connection(core::Watchdog& watchdog, const Api& api, const std::string& file, const std::string& setup);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Closes the file. Throws while a statement runs; idempotent.
  void close();

  // Starts a request (request.h): last_insert_rowid() is 0 as on a new connection.
  void begin(Token token, core::Nanoseconds timeout);
  // Ends it, and rolls back a transaction that it left open. Throws while a statement runs; idempotent.
  void end();
  // Whether a statement has changed something that outlives the request: TEMP objects, attached files,
  // settings.
  [[nodiscard]] bool is_soiled() const { return soiled_; }

  [[nodiscard]] bool is_open() const { return database_ != nullptr; }
  // Throws when the connection is closed.
  sqlite3* database() const;
  const Api& api() const { return api_; }
  const Request& request() const { return request_; }

  // Statements run below one of these.
  [[nodiscard]] Request::Running run() {
    if (!request_.is_running()) exception_ = nullptr;
    return {request_, database(), api_};
  }

  [[nodiscard]] bool in_transaction() const { return api_.get_autocommit(database()) == 0; }
  // Not to be interrupted, so it must not be called below run(). Never throws.
  void rollback() noexcept;

  // Throws the failure of the last call, which returned `result`: what a tokenizer threw, or an Error.
  [[noreturn]] void fail(int result);

  // What a tokenizer has thrown: thrown again when SQLite reports the failure.
  void hold_exception(std::exception_ptr exception) { exception_ = std::move(exception); }

 private:
  friend class Statement;

  struct Prepared {
    std::string sql;
    sqlite3_stmt* handle;
  };

  static constexpr std::size_t kMaxPrepared = 32;
  static constexpr std::size_t kMaxPreparedSql = 16384;

  static int on_busy(void* self, int count) noexcept;
  static int on_trace(unsigned event, void* self, void* statement, void* text) noexcept;
  static int on_authorize(void* self, int action, const char* first, const char* second, const char* schema,
                          const char* trigger) noexcept;
  void check_open(int result);
  void close_file() noexcept;
  void drop_statements() noexcept;

  // The statement of this text that was kept, or null. It is the caller's from then on.
  sqlite3_stmt* take(std::string_view sql);
  void keep(std::string&& sql, sqlite3_stmt* handle) noexcept;

  Api api_;
  sqlite3* database_ = nullptr;
  Request request_;
  bool soiled_ = false;
  core::Nanoseconds busy_since_ = 0;
  std::vector<Prepared> prepared_;             // the one used last at the end
  std::unordered_set<Statement*> statements_;  // in use
  std::exception_ptr exception_;
};

}  // namespace luaskills::sqlite
