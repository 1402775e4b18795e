#include "lanes.h"

#include <utility>

namespace luaskills::core {

Lanes::~Lanes() {
  stop();
}

void Lanes::submit(LaneTask* task) {
  std::lock_guard guard(lock_);
  queue_.push_back(task);
  waiting_.store(static_cast<int>(queue_.size()), std::memory_order_relaxed);
  serve_queue();
}

void Lanes::serve_queue() {
  if (queue_.size() <= idle_ || threads_.size() >= count_ + blocked_) {
    changed_.notify_one();
  } else {
    slots_.push_back(std::make_unique<RunSlot>(&waiting_));
    RunSlot& slot = *slots_.back();
    watchdog_.watch(&slot);
    threads_.emplace_back([this, &slot] { loop(slot); });
  }
}

void Lanes::block() {
  std::lock_guard guard(lock_);
  blocked_++;
  if (!queue_.empty() && !stopping_) serve_queue();
}

void Lanes::unblock() {
  std::lock_guard guard(lock_);
  blocked_--;
}

void Lanes::loop(RunSlot& slot) {
  slot.measure_stack();
  std::unique_lock guard(lock_);
  while (true) {
    idle_++;
    changed_.wait(guard, [this] { return stopping_ || !queue_.empty(); });
    idle_--;
    if (queue_.empty()) return;
    LaneTask* task = queue_.front();
    queue_.pop_front();
    waiting_.store(static_cast<int>(queue_.size()), std::memory_order_relaxed);
    guard.unlock();
    const bool again = task->run_on_lane(slot);
    guard.lock();
    if (!again) continue;
    queue_.push_back(task);
    waiting_.store(static_cast<int>(queue_.size()), std::memory_order_relaxed);
  }
}

void Lanes::stop() {
  std::vector<Thread> threads;
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (Thread& thread : threads) thread.join();
  for (const std::unique_ptr<RunSlot>& slot : slots_) watchdog_.forget(slot.get());
  slots_.clear();
}

}  // namespace luaskills::core
