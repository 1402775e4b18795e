// What ends the statements of a connection from outside: an interruption by another thread, or the deadline.
//
// better-sqlite3 compiles SQLite without progress handlers, so sqlite3_interrupt() is what remains. Three
// rules make it safe and exact:
//   - The database is only touched while a statement of ours runs, under a lock that the start and the end of
//   that
//     statement take too. Nobody closes a database on which a statement runs.
//   - `stop_` is set before SQLite is interrupted. SQLite forgets an interruption when a statement starts;
//   right after
//     that the connection's trace callback looks at `stop_` (Connection::on_trace) and interrupts once more.
//   - The table of tokens holds a request from begin() to end(), and is locked while one of its requests is
//   used.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "abi.h"
#include "core/clock.h"
#include "core/watchdog.h"

namespace luaskills::sqlite {

// Names a request for other threads. Unique in the process, never 0.
using Token = std::uint64_t;

Token new_token();

// Any thread: interrupts the request that has begun with this token. False when there is none (any more, or
// yet).
bool interrupt(Token token);

class Request final : private core::DeadlineTarget {
 public:
  explicit Request(core::Watchdog& watchdog) : watchdog_(watchdog) {}
  ~Request() override { end(); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // Everything below is for the connection's thread; `timeout` 0 is none.
  // Throws Error when a request runs already, here or with this token.
  void begin(Token token, core::Nanoseconds timeout);
  void end();
  [[nodiscard]] bool is_active() const { return token_ != 0; }

  [[nodiscard]] bool is_stopped() const { return stop_.load(std::memory_order_acquire) != Stop::kNo; }
  // Throws when the request has been stopped.
  void check() const;
  // Sleeps for so long unless the request is stopped. False when it is.
  bool wait(core::Nanoseconds time);

  // While one exists, statements of `database` may be interrupted. They nest: a tokenizer may use its
  // connection.
  class Running {
   public:
    Running(Request& request, sqlite3* database, const Api& api);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    Request& request_;
  };

  [[nodiscard]] bool is_running() const { return depth_ != 0; }

 private:
  friend bool interrupt(Token token);

  enum class Stop { kNo, kInterrupted, kDeadline };

  void on_deadline() override { stop(Stop::kDeadline); }
  void stop(Stop why);

  core::Watchdog& watchdog_;
  Token token_ = 0;
  bool has_deadline_ = false;
  int depth_ = 0;

  std::atomic<Stop> stop_{Stop::kNo};
  std::mutex lock_;  // guards the next two, and is held while the database is interrupted
  sqlite3* running_ = nullptr;
  void (*interrupt_)(sqlite3*) = nullptr;
  std::condition_variable stopped_;
};

}  // namespace luaskills::sqlite
