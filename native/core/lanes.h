// Worker threads that continue runs which took too long for the JavaScript thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "clock.h"
#include "run_slot.h"
#include "thread.h"
#include "watchdog.h"

namespace luaskills::core {

class LaneTask {
 public:
  virtual ~LaneTask() = default;
  // On a lane's thread. Returns true to be queued again (it was preempted because others wait).
  virtual bool run_on_lane(RunSlot& slot) = 0;
};

class Lanes {
 public:
  // A run is taken off its lane after this long if others wait for one.
  static constexpr Nanoseconds kSlice = 10 * kMillisecond;

  Lanes(std::size_t count, Watchdog& watchdog) : count_(count), watchdog_(watchdog) {}
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // Any thread. The task must live until run_on_lane() has returned false. Threads start at first need.
  void submit(LaneTask* task);

  // True while no thread was ever needed.
  [[nodiscard]] bool is_idle() const { return slots_.empty(); }

  // While one exists, a task blocks its lane for work that may need a lane itself: another thread takes its
  // place.
  class Blocked {
   public:
    explicit Blocked(Lanes& lanes) : lanes_(lanes) { lanes_.block(); }
    ~Blocked() { lanes_.unblock(); }
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;

   private:
    Lanes& lanes_;
  };

  // Waits for the queued and running tasks to end, then joins the threads. Tasks should be asked to end
  // before.
  void stop();

 private:
  void loop(RunSlot& slot);
  void block();
  void unblock();
  // With the lock held: wakes a thread for the queue, or starts one as far as the number of lanes allows.
  void serve_queue();

  const std::size_t count_;
  Watchdog& watchdog_;
  std::mutex lock_;  // guards queue_, threads_, slots_, idle_, blocked_, stopping_
  std::condition_variable changed_;
  std::deque<LaneTask*> queue_;
  std::vector<Thread> threads_;
  std::vector<std::unique_ptr<RunSlot>> slots_;
  std::size_t idle_ = 0;
  std::size_t blocked_ = 0;
  bool stopping_ = false;
  std::atomic<int> waiting_{0};  // queue_.size(), readable without the lock
};

}  // namespace luaskills::core
