// Where the watchdog sees what a thread is running.
//
// One slot per thread that executes Lua. The thread publishes a run with a plain store and withdraws it with
// one compare-and-swap; the watchdog inspects it only between its own two writes of the ticket. So an arming
// can never hit a later run on the same VM (the generation fence), and a run's fields cannot vanish under the
// watchdog's eyes.
//
//   ticket = generation << 2 | phase;   phases: idle -> running (thread), running <-> inspected (watchdog),
//   running -> idle (thread)
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "thread_stack.h"

namespace luaskills::core {

class Run;

class RunSlot {
 public:
  enum Phase : std::uint64_t { kIdle = 0, kRunning = 1, kInspected = 2 };

  // `contention`: when given, runs here are only preempted while it is non-zero (a lane with others waiting
  // for it).
  explicit RunSlot(const std::atomic<int>* contention = nullptr) : contention_(contention) {}
  RunSlot(const RunSlot&) = delete;
  RunSlot& operator=(const RunSlot&) = delete;

  // The slot's thread: `run` executes from now on.
  void publish(Run* run) {
    run_.store(run, std::memory_order_relaxed);
    generation_ += 4;
    ticket_.store(generation_ | kRunning, std::memory_order_release);
  }

  // The slot's thread: nothing executes; no arming of that run happens after this returns.
  void withdraw() {
    std::uint64_t expected = generation_ | kRunning;
    while (!ticket_.compare_exchange_weak(expected, generation_ | kIdle, std::memory_order_acq_rel)) {
      expected = generation_ | kRunning;
      std::this_thread::yield();  // the watchdog inspects for some hundred nanoseconds
    }
  }

  // The watchdog: calls `inspect(Run&)` if the run behind `ticket` still executes.
  template <typename Inspect>
  void inspect(std::uint64_t ticket, Inspect&& inspect) {
    if (!ticket_.compare_exchange_strong(ticket, (ticket & ~std::uint64_t{3}) | kInspected,
                                         std::memory_order_acq_rel))
      return;
    inspect(*run_.load(std::memory_order_relaxed));
    ticket_.store((ticket & ~std::uint64_t{3}) | kRunning, std::memory_order_release);
  }

  [[nodiscard]] std::uint64_t ticket() const { return ticket_.load(std::memory_order_acquire); }
  static bool is_running(std::uint64_t ticket) { return (ticket & 3) == kRunning; }
  [[nodiscard]] bool is_contended() const {
    return contention_ == nullptr || contention_->load(std::memory_order_relaxed) > 0;
  }

  // The slot's thread: where its stack ends (thread_stack.h).
  [[nodiscard]] std::uintptr_t stack_limit() const { return stack_limit_; }
  void measure_stack() { stack_limit_ = stack_limit_of_this_thread(); }

  // The run on top of the slot's thread, outermost runs reachable through Section; read by that thread only.
  [[nodiscard]] Run* current() const { return current_; }
  void set_current(Run* run) { current_ = run; }

 private:
  std::atomic<std::uint64_t> ticket_{kIdle};
  std::atomic<Run*> run_{nullptr};
  std::uint64_t generation_ = 0;
  Run* current_ = nullptr;
  std::uintptr_t stack_limit_ = 0;
  const std::atomic<int>* contention_;
};

}  // namespace luaskills::core
