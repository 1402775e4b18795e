// Lanes: runs that move between threads, are cut into slices while others wait, and end when the lanes stop.
#include "../core/lanes.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "test_vm.h"

namespace luaskills::test {
namespace {

using core::KillReason;
using core::kMillisecond;
using core::Lanes;
using core::RunSlot;
using core::RunState;

// Tables, strings, closures, coroutines, pcall, metamethods and compiled loops in flight at every moment.
constexpr const char* kMixedWork = R"(
  local turns = ...
  local sum, words = 0, {}
  local meta = setmetatable({}, {__index = function(_, k) return k % 5 end})
  local numbers = coroutine.wrap(function() local i = 0 while true do i = i + 1 coroutine.yield(i % 11) end end)
  for i = 1, turns do
    local ok, value = pcall(function(a) if a % 97 == 0 then error('x' .. a, 0) end return a * 3 end, i)
    if ok then sum = (sum + value) % 1000003 else sum = (sum + #value) % 1000003 end
    words[i % 50 + 1] = tostring(i) .. #words
    sum = (sum * 31 + meta[i] + numbers() + #words[i % 50 + 1]) % 1000003
    for j = 1, 10 do sum = sum + j % 3 end
  end
  return sum)";

// A VM with a run that lanes work on.
class LaneRun : public core::LaneTask {
 public:
  LaneRun(core::Watchdog& watchdog, const std::string& code, double argument,
          core::Nanoseconds slice = Lanes::kSlice)
      : watchdog_(watchdog), slice_(slice) {
    vm_.begin(code);
    lua_pushnumber(vm_.run().coroutine(), argument);
  }

  bool run_on_lane(RunSlot& slot) override {
    threads_.insert(std::this_thread::get_id());
    vm_.run().set_budget(slice_);
    RunState state;
    {
      core::Section section(slot, watchdog_, vm_.run(), false);
      state = vm_.resume_in_section(started_ ? 0 : 1);
    }
    started_ = true;
    if (state == RunState::kPreempted) return true;
    outcome_ = vm_.end();
    done_.store(true);
    done_.notify_all();
    return false;
  }

  void wait() const { done_.wait(false); }
  [[nodiscard]] bool is_done() const { return done_.load(); }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  [[nodiscard]] std::size_t threads() const { return threads_.size(); }
  core::Run& run() { return vm_.run(); }

 private:
  core::Watchdog& watchdog_;
  core::Nanoseconds slice_;
  TestVm vm_;
  bool started_ = false;
  std::set<std::thread::id> threads_;
  Outcome outcome_;
  std::atomic<bool> done_{false};
};

double mixed_work_result(double turns) {
  TestVm vm;
  vm.begin(kMixedWork);
  lua_pushnumber(vm.run().coroutine(), turns);
  CHECK(vm.resume(1) == RunState::kDone);
  return vm.end().number();
}

TEST_CASE("a task runs on a lane, to its end and once") {
  core::Watchdog watchdog;
  Lanes lanes(2, watchdog);
  CHECK(lanes.is_idle());
  LaneRun task(watchdog, "local a = ... return a + 1", 41);
  lanes.submit(&task);
  task.wait();
  CHECK_FALSE(lanes.is_idle());
  CHECK(task.outcome().number() == 42);
  lanes.stop();
}

TEST_CASE("a run that started here goes on on a lane with an exact result") {
  core::Watchdog watchdog;
  RunSlot here;
  watchdog.watch(&here);
  Lanes lanes(1, watchdog);
  const double expected = mixed_work_result(20'000);
  LaneRun task(watchdog, kMixedWork, 20'000, 1);
  bool again = task.run_on_lane(here);
  CHECK(again);
  lanes.submit(&task);
  task.wait();
  CHECK(task.outcome().number() == expected);
  CHECK(task.threads() == 2);
  lanes.stop();
  watchdog.forget(&here);
}

TEST_CASE("tasks that wait for a lane cut the others into slices, and every result is exact") {
  core::Watchdog watchdog;
  Lanes lanes(2, watchdog);
  const double expected = mixed_work_result(60'000);
  std::vector<std::unique_ptr<LaneRun>> tasks;
  tasks.reserve(6);
  for (int i = 0; i < 6; i++)
    tasks.push_back(std::make_unique<LaneRun>(watchdog, kMixedWork, 60'000, kMillisecond));
  for (const auto& task : tasks) lanes.submit(task.get());
  int preemptions = 0;
  for (const auto& task : tasks) {
    task->wait();
    CHECK(task->outcome().number() == expected);
    preemptions += task->outcome().preemptions;
  }
  CHECK(preemptions > 0);
  MESSAGE("6 runs on 2 lanes, " << preemptions << " slices");
  lanes.stop();
}

TEST_CASE("an endless run does not keep the others from one lane") {
  core::Watchdog watchdog;
  Lanes lanes(1, watchdog);
  LaneRun endless(watchdog, "while true do end", 0);
  LaneRun brief(watchdog, "return ...", 7);
  lanes.submit(&endless);
  lanes.submit(&brief);
  brief.wait();
  CHECK_FALSE(endless.is_done());
  endless.run().request_kill(KillReason::kAborted);
  watchdog.wake();
  endless.wait();
  CHECK(endless.outcome().failure.code == core::FailureCode::kAborted);
  lanes.stop();
}

TEST_CASE("stopping waits for tasks that are queued or run, and they end by their kill") {
  core::Watchdog watchdog;
  Lanes lanes(2, watchdog);
  std::vector<std::unique_ptr<LaneRun>> tasks;
  tasks.reserve(10);
  for (int i = 0; i < 10; i++)
    tasks.push_back(std::make_unique<LaneRun>(watchdog, "while true do pcall(error) end", 0));
  for (const auto& task : tasks) lanes.submit(task.get());
  for (const auto& task : tasks) task->run().request_kill(KillReason::kClosed);
  watchdog.wake();
  lanes.stop();
  for (const auto& task : tasks) {
    CHECK(task->is_done());
    CHECK(task->outcome().failure.code == core::FailureCode::kClosed);
  }
  lanes.stop();
}

TEST_CASE("many threads submit many short tasks, and each runs") {
  core::Watchdog watchdog;
  Lanes lanes(3, watchdog);
  struct Counting : core::LaneTask {
    bool run_on_lane(RunSlot&) override { return runs.fetch_add(1) < 2; }  // three times each
    std::atomic<int> runs{0};
  };
  std::vector<Counting> tasks(2'000);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; t++) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < tasks.size(); i += 4) lanes.submit(&tasks[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  lanes.stop();
  CHECK(std::all_of(tasks.begin(), tasks.end(), [](const Counting& task) { return task.runs == 3; }));
}

TEST_CASE("ten thousand preemptions, each going on on another thread, leave every result exact") {
  constexpr double kTurns = 2'000;
  constexpr int kThreads = 3;
  const double expected = mixed_work_result(kTurns);
  core::Watchdog idle;  // its thread arms nothing: the slots below are not watched
  std::vector<std::unique_ptr<RunSlot>> slots;
  slots.reserve(kThreads);
  for (int i = 0; i < kThreads; i++) slots.push_back(std::make_unique<RunSlot>());
  std::atomic<bool> stop{false};
  std::thread preempter([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      for (const auto& slot : slots) {
        const std::uint64_t ticket = slot->ticket();
        if (RunSlot::is_running(ticket)) slot->inspect(ticket, [](core::Run& run) { run.arm_preemption(); });
      }
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  int preemptions = 0;
  int runs = 0;
  while (preemptions < 10'000) {
    LaneRun task(idle, kMixedWork, kTurns, 1);
    bool again = true;
    // A baton between threads: each continues the run once, on its own slot.
    std::atomic<int> turn{0};
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; t++) {
      threads.emplace_back([&, t] {
        for (;;) {
          int now = turn.load();
          while (now != -1 && now % kThreads != t) {
            turn.wait(now);
            now = turn.load();
          }
          if (now == -1) return;
          again = task.run_on_lane(*slots[static_cast<std::size_t>(t)]);
          turn.store(again ? now + 1 : -1);
          turn.notify_all();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    if (task.outcome().number() != expected) CHECK(task.outcome().number() == expected);
    preemptions += task.outcome().preemptions;
    runs++;
  }
  stop.store(true);
  preempter.join();
  MESSAGE(preemptions << " preemptions in " << runs << " runs");
  idle.stop();
}

}  // namespace
}  // namespace luaskills::test
