#include "request.h"

#include <chrono>
#include <map>

#include "error.h"

namespace luaskills::sqlite {
namespace {

// The one thing that threads share which know nothing of each other but a token.
struct Requests {
  std::mutex lock;  // guards the map, and every request in it from being destroyed
  std::map<Token, Request*> running;
  std::atomic<Token> last{0};
};

Requests& requests() {
  static Requests instance;
  return instance;
}

}  // namespace

Token new_token() {
  return ++requests().last;
}

bool interrupt(Token token) {
  Requests& all = requests();
  std::lock_guard guard(all.lock);
  const auto found = all.running.find(token);
  if (found == all.running.end()) return false;
  found->second->stop(Request::Stop::kInterrupted);
  return true;
}

void Request::begin(Token token, core::Nanoseconds timeout) {
  if (is_active()) throw Error("SQLITE_MISUSE", "a request runs on this connection already");
  if (token == 0) throw Error("SQLITE_MISUSE", "a request needs a token");
  stop_.store(Stop::kNo, std::memory_order_release);
  {
    Requests& all = requests();
    std::lock_guard guard(all.lock);
    if (!all.running.emplace(token, this).second) {
      throw Error("SQLITE_MISUSE", "a request with this token runs already");
    }
  }
  token_ = token;
  if (timeout <= 0) return;
  has_deadline_ = true;
  try {
    watchdog_.add(this, core::now() + timeout);
  } catch (...) {  // no thread for the watchdog
    end();
    throw;
  }
}

void Request::end() {
  if (!is_active()) return;
  if (has_deadline_) watchdog_.remove(this);
  has_deadline_ = false;
  {
    Requests& all = requests();
    std::lock_guard guard(all.lock);
    all.running.erase(token_);
  }
  token_ = 0;
  stop_.store(Stop::kNo, std::memory_order_release);
}

void Request::check() const {
  switch (stop_.load(std::memory_order_acquire)) {
    case Stop::kNo:
      return;
    case Stop::kInterrupted:
      throw Error("SQLITE_INTERRUPT", "interrupted");
    case Stop::kDeadline:
      throw Error("SQLITE_INTERRUPT", "the time for this request is over");
  }
}

bool Request::wait(core::Nanoseconds time) {
  std::unique_lock guard(lock_);
  return !stopped_.wait_for(guard, std::chrono::nanoseconds(time), [this] { return is_stopped(); });
}

void Request::stop(Stop why) {
  std::lock_guard guard(lock_);
  Stop expected = Stop::kNo;
  stop_.compare_exchange_strong(expected, why, std::memory_order_seq_cst);
  if (running_ != nullptr) interrupt_(running_);
  stopped_.notify_all();
}

Request::Running::Running(Request& request, sqlite3* database, const Api& api) : request_(request) {
  if (request_.depth_++ != 0) return;
  std::lock_guard guard(request_.lock_);
  request_.running_ = database;
  request_.interrupt_ = api.interruptx;
}

Request::Running::~Running() {
  if (--request_.depth_ != 0) return;
  std::lock_guard guard(request_.lock_);
  request_.running_ = nullptr;
}

}  // namespace luaskills::sqlite
