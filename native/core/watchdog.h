// The one thread per environment that ends and preempts runs.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "clock.h"
#include "run_slot.h"

namespace luaskills::core {

// Something that waits outside Lua with a deadline: a call parked on a promise.
class DeadlineTarget {
 public:
  virtual ~DeadlineTarget() = default;
  // On the watchdog's thread, once, while the watchdog's lock is held: hand over and return.
  virtual void on_deadline() = 0;
};

// Ticks only while runs are in flight; sleeps otherwise. Starts its thread at first use.
class Watchdog {
 public:
  // Resolution of budgets, and of deadlines that are set while the watchdog ticks.
  static constexpr Nanoseconds kTick = 500 * kMicrosecond;
  // An arming can get lost, and a hook that could not act backs off: armed again this often until the run has
  // ended.
  static constexpr Nanoseconds kRearm = 1 * kMillisecond;
  // Ticks go on this long after the last run, so that a busy caller does not pay for waking the thread.
  static constexpr Nanoseconds kLinger = 50 * kMillisecond;

  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void watch(RunSlot* slot);
  void forget(RunSlot* slot);

  // Any thread, after publishing a run or asking for a kill. A load unless the watchdog sleeps.
  void notice() {
    if (asleep_.load(std::memory_order_seq_cst)) wake();
  }
  // Any thread: look at once, not at the next tick.
  void wake();

  // `target` is called at `deadline` unless removed before; remove() returns only when the call is over or
  // will never come.
  void add(DeadlineTarget* target, Nanoseconds deadline);
  void remove(DeadlineTarget* target);

  // Ends the thread. Idempotent; also done by the destructor.
  void stop();

 private:
  struct Observation {
    RunSlot* slot;
    std::uint64_t ticket = 0;
    Nanoseconds since = 0;
    Nanoseconds armed_at = 0;
    bool preempting = false;
  };

  void loop();
  // Returns when this slot needs another look; 0 when nothing runs there.
  Nanoseconds observe(Observation& seen, Nanoseconds at);
  void fire_deadlines(Nanoseconds at);

  std::mutex lock_;  // guards everything below except asleep_
  std::condition_variable changed_;
  std::vector<Observation> observations_;
  std::multimap<Nanoseconds, DeadlineTarget*> deadlines_;
  std::thread thread_;
  bool stopping_ = false;
  bool poked_ = false;
  std::atomic<bool> asleep_{true};
};

}  // namespace luaskills::core
