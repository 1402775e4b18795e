#include "watchdog.h"

#include <algorithm>

#include "run.h"

namespace luaskills::core {

Watchdog::~Watchdog() {
  stop();
}

void Watchdog::stop() {
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::watch(RunSlot* slot) {
  std::lock_guard guard(lock_);
  observations_.push_back({slot});
}

void Watchdog::forget(RunSlot* slot) {
  std::lock_guard guard(lock_);
  std::erase_if(observations_, [slot](const Observation& seen) { return seen.slot == slot; });
}

void Watchdog::wake() {
  {
    std::lock_guard guard(lock_);
    poked_ = true;
    asleep_.store(false, std::memory_order_seq_cst);
    if (!thread_.joinable() && !stopping_) thread_ = std::thread([this] { loop(); });
  }
  changed_.notify_one();
}

void Watchdog::add(DeadlineTarget* target, Nanoseconds deadline) {
  {
    std::lock_guard guard(lock_);
    deadlines_.emplace(deadline, target);
  }
  wake();
}

void Watchdog::remove(DeadlineTarget* target) {
  std::lock_guard guard(lock_);
  std::erase_if(deadlines_, [target](const auto& entry) { return entry.second == target; });
}

void Watchdog::fire_deadlines(Nanoseconds at) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= at) {
    DeadlineTarget* target = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    target->on_deadline();
  }
}

Nanoseconds Watchdog::observe(Observation& seen, Nanoseconds at) {
  const std::uint64_t ticket = seen.slot->ticket();
  if (!RunSlot::is_running(ticket)) {
    seen.ticket = 0;
    return 0;
  }
  if (ticket != seen.ticket) seen = {seen.slot, ticket, at, 0, false};
  Nanoseconds next = at + kTick;
  seen.slot->inspect(ticket, [&](Run& run) {
    const Nanoseconds deadline = run.deadline();
    if (deadline != 0 && at >= deadline) run.request_kill(KillReason::kTimeout);
    if (deadline != 0 && at < deadline) next = std::min(next, deadline);
    if (run.kill_reason() != KillReason::kNone) {
      if (seen.armed_at == 0 || at - seen.armed_at >= kRearm || seen.preempting) {
        run.arm_kill();
        seen.armed_at = at;
        seen.preempting = false;
      }
    } else if (run.budget() != 0 && at - seen.since >= run.budget() && seen.slot->is_contended()) {
      if (seen.armed_at == 0 || at - seen.armed_at >= 2 * kRearm) {
        run.arm_preemption();
        seen.armed_at = at;
        seen.preempting = true;
      }
    }
  });
  return next;
}

void Watchdog::loop() {
  std::unique_lock guard(lock_);
  const auto changed = [this] { return stopping_ || poked_; };
  Nanoseconds busy_until = 0;
  while (!stopping_) {
    const Nanoseconds at = now();
    if (poked_) busy_until = at + kLinger;
    poked_ = false;
    fire_deadlines(at);
    Nanoseconds next = 0;
    for (Observation& seen : observations_) {
      const Nanoseconds wanted = observe(seen, at);
      if (wanted != 0) next = next == 0 ? wanted : std::min(next, wanted);
    }
    if (next != 0) {
      busy_until = at + kLinger;
      asleep_.store(false, std::memory_order_seq_cst);
    } else if (at < busy_until) {
      next = at + kTick;
    } else if (!asleep_.load(std::memory_order_relaxed)) {
      // To sleep in two steps: announce it, and look once more a tick later. A run published meanwhile has
      // either seen the announcement and wakes us, or its publication has long left its store buffer by the
      // second look.
      asleep_.store(true, std::memory_order_seq_cst);
      next = at + kTick;
    }
    if (!deadlines_.empty())
      next = next == 0 ? deadlines_.begin()->first : std::min(next, deadlines_.begin()->first);
    if (next == 0) {
      changed_.wait(guard, changed);
    } else {
      changed_.wait_until(guard, std::chrono::steady_clock::time_point(std::chrono::nanoseconds(next)),
                          changed);
    }
  }
}

}  // namespace luaskills::core
