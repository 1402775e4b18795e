// The watchdog: deadlines, budgets, armings that cannot get lost and cannot hit a later run, parked
// deadlines.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "test_vm.h"

namespace luaskills::test {
namespace {

using core::FailureCode;
using core::KillReason;
using core::kMicrosecond;
using core::kMillisecond;
using core::Nanoseconds;
using core::RunState;
using core::Watchdog;

// Counts its calls and wakes whoever waits for one.
class CountingTarget : public core::DeadlineTarget {
 public:
  void on_deadline() override {
    calls_.fetch_add(1);
    calls_.notify_all();
  }
  [[nodiscard]] int calls() const { return calls_.load(); }
  void wait_for_call() const { calls_.wait(0); }

 private:
  std::atomic<int> calls_{0};
};

TEST_CASE("a run ends at its deadline") {
  TestVm vm;
  for (int i = 0; i < 50; i++) {
    const Nanoseconds deadline = core::now() + i % 5 * kMillisecond;
    const Outcome outcome = vm.eval("while true do end", {.deadline = deadline});
    CHECK(outcome.failure.code == FailureCode::kTimeout);
    CHECK(core::now() >= deadline);
  }
}

TEST_CASE("a run whose deadline has passed when it starts ends too") {
  TestVm vm;
  CHECK(vm.eval("while true do end", {.deadline = 1}).failure.code == FailureCode::kTimeout);
}

TEST_CASE("a run starts while the watchdog sleeps, and is ended all the same") {
  TestVm vm;
  for (int i = 0; i < 5; i++) {
    CHECK(vm.eval("while true do end", deadline_in(kMillisecond)).failure.code == FailureCode::kTimeout);
    // Long enough for it to fall asleep.
    std::this_thread::sleep_for(std::chrono::nanoseconds(Watchdog::kLinger + i * Watchdog::kTick));
  }
}

TEST_CASE("a run without a deadline is left alone") {
  TestVm vm;
  const Outcome outcome = vm.eval("local n = 0 for i = 1, 3e7 do n = n + i % 7 end return n");
  CHECK(outcome.state == RunState::kDone);
  CHECK(outcome.preemptions == 0);
}

TEST_CASE("a run that is asked to end by another thread ends when the watchdog is woken") {
  TestVm vm;
  for (int i = 0; i < 50; i++) {
    vm.begin("while true do end");
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(i * 20));
      vm.run().request_kill(KillReason::kAborted);
      vm.watchdog().wake();
    });
    CHECK(vm.resume() == RunState::kFailed);
    other.join();
    CHECK(vm.end().failure.code == FailureCode::kAborted);
  }
}

TEST_CASE("a run beyond its budget is preempted, again and again") {
  TestVm vm;
  vm.begin("local n = 0 while not stop do n = n + 1 end return 'stopped'");
  vm.run().set_budget(Watchdog::kTick);
  for (int i = 0; i < 20; i++) CHECK(vm.resume() == RunState::kPreempted);
  vm.run().set_budget(0);
  lua_pushboolean(vm.state(), 1);
  lua_setglobal(vm.state(), "stop");
  CHECK(vm.resume() == RunState::kDone);
  CHECK(vm.end().text() == "stopped");
}

TEST_CASE("a budget is not used where nobody waits for the slot") {
  const std::atomic<int> nobody{0};
  TestVm vm;
  core::RunSlot slot(&nobody);
  vm.watchdog().watch(&slot);
  vm.begin("local n = 0 for i = 1, 3e7 do n = n + i % 7 end return n");
  vm.run().set_budget(1);
  {
    core::Section section(slot, vm.watchdog(), vm.run(), false);
    CHECK(vm.resume_in_section(0) == RunState::kDone);
  }
  vm.end();
  vm.watchdog().forget(&slot);
}

TEST_CASE(
    "armings are repeated through walls of pcall, xpcall, coroutines and finalizers until the run has "
    "ended") {
  for (const std::string wall : std::initializer_list<const char*>{
           "while true do pcall(function() while true do end end) end",
           "while true do xpcall(error, function() while true do end end) end",
           "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
           "local function wall() pcall(wall) wall() end while true do pcall(wall) end",
           "while true do getmetatable(newproxy(true)).__gc = function() pcall(error) end collectgarbage() "
           "end",
           "while true do debug.sethook(print, '', 1e9) debug.sethook() end",
       }) {
    CAPTURE(wall);
    for (int i = 0; i < 10; i++) {
      TestVm vm;
      CHECK(vm.eval(wall, deadline_in(i * 300 * kMicrosecond)).failure.code == FailureCode::kTimeout);
    }
  }
}

TEST_CASE("a kill overtakes a preemption that is armed already") {
  for (int i = 0; i < 30; i++) {
    TestVm vm;
    vm.begin("while true do pcall(string.gsub, ('a'):rep(100), 'a', function() end) end",
             deadline_in(2 * kMillisecond + i * 50 * kMicrosecond));
    vm.run().set_budget(1);
    RunState state = vm.resume();
    while (state == RunState::kPreempted) state = vm.resume();
    CHECK(state == RunState::kFailed);
    CHECK(vm.end().failure.code == FailureCode::kTimeout);
  }
}

// Stands in for the watchdog and preempts as fast as it can.
class EagerPreempter {
 public:
  explicit EagerPreempter(core::RunSlot& slot)
      : thread_([this, &slot] {
          while (!stop_.load(std::memory_order_relaxed)) {
            const std::uint64_t ticket = slot.ticket();
            if (!core::RunSlot::is_running(ticket)) continue;
            if (++looks_ % 16 == 0)
              std::this_thread::yield();  // so that the ticket is often old when it is used
            slot.inspect(ticket, [this](core::Run& run) {
              if (run.budget() == 0) return;
              run.arm_preemption();
              armings_.fetch_add(1, std::memory_order_relaxed);
            });
          }
        }) {}
  ~EagerPreempter() { stop(); }
  EagerPreempter(const EagerPreempter&) = delete;
  EagerPreempter& operator=(const EagerPreempter&) = delete;

  void stop() {
    stop_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] int armings() const { return armings_.load(std::memory_order_relaxed); }

 private:
  unsigned looks_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> armings_{0};
  std::thread thread_;
};

TEST_CASE("tens of thousands of short runs: an arming meant for one never hits a later one") {
  TestVm vm;
  core::RunSlot slot;  // not the watchdog's: the preempter below owns it
  EagerPreempter preempter(slot);
  const auto run_once = [&](Nanoseconds budget) {
    vm.run().set_budget(budget);
    core::Section section(slot, vm.watchdog(), vm.run(), false);
    return vm.resume_in_section(0);
  };
  const std::string code = "local n = 0 for i = 1, 2000 do n = n + i end return n";
  core::Failure failure;
  REQUIRE(vm.vm().compile(code, "test", failure));
  const int chunk = vm.vm().anchor(vm.state());
  int wrong = 0;
  int hits = 0;
  int runs = 0;
  for (int i = 0; i < 40'000 || preempter.armings() < 1'000; i++) {
    runs++;
    const bool may_be_preempted = i % 2 == 0;
    if (!vm.run().begin()) wrong++;
    lua_rawgeti(vm.run().coroutine(), LUA_REGISTRYINDEX, chunk);
    RunState state = run_once(may_be_preempted ? 1 : 0);
    hits += state == RunState::kPreempted;
    if (!may_be_preempted && state != RunState::kDone) wrong++;
    while (state == RunState::kPreempted) state = run_once(may_be_preempted ? 1 : 0);
    if (vm.end().number() != 2001000) wrong++;
  }
  preempter.stop();
  CHECK(wrong == 0);
  MESSAGE(runs << " runs, " << preempter.armings() << " armings, " << hits << " landed");
}

TEST_CASE("runs without a deadline between runs that die of theirs are never hit") {
  TestVm vm;
  int wrong = 0;
  int died = 0;
  for (int i = 0; i < 3'000; i++) {
    const Outcome mortal =
        vm.eval("local n = 0 for i = 1, 3000 do n = n + i end return n", deadline_in(i % 50 * kMicrosecond));
    const bool killed = mortal.state == RunState::kFailed;
    died += killed;
    if (killed && mortal.failure.code != FailureCode::kTimeout) wrong++;
    if (vm.eval("local n = 0 for i = 1, 100 do n = n + i end return n").number() != 5050) wrong++;
  }
  CHECK(wrong == 0);
  MESSAGE("3,000 runs with short deadlines, " << died << " died");
}

TEST_CASE("a parked deadline is called once") {
  Watchdog watchdog;
  CountingTarget target;
  watchdog.add(&target, core::now() + kMillisecond);
  target.wait_for_call();
  watchdog.remove(&target);
  CHECK(target.calls() == 1);
}

TEST_CASE("parked deadlines are called in their order, the passed ones at once") {
  Watchdog watchdog;
  CountingTarget late;
  CountingTarget soon;
  CountingTarget passed;
  const Nanoseconds start = core::now();
  watchdog.add(&late, start + 3600'000 * kMillisecond);
  watchdog.add(&soon, start + 2 * kMillisecond);
  watchdog.add(&passed, 1);
  passed.wait_for_call();
  soon.wait_for_call();
  CHECK(late.calls() == 0);
  watchdog.remove(&late);
}

TEST_CASE("a deadline is not called after it was removed") {
  Watchdog watchdog;
  CountingTarget removed;
  CountingTarget later;
  const Nanoseconds deadline = core::now() + 20 * kMillisecond;
  watchdog.add(&removed, deadline);
  watchdog.remove(&removed);
  const int calls = removed.calls();  // none, unless this thread was held up for all that time
  watchdog.add(&later, deadline + 1);
  later.wait_for_call();
  CHECK(removed.calls() == calls);
}

TEST_CASE("deadlines are added and removed by several threads while they pass") {
  Watchdog watchdog;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; i++) {
        auto target = std::make_unique<CountingTarget>();
        watchdog.add(target.get(), core::now() + i % 3 * 100 * kMicrosecond);
        if (i % 2 == 0) target->wait_for_call();
        watchdog.remove(target.get());
        const int calls = target->calls();
        if (calls > 1 || (i % 2 == 0 && calls != 1)) wrong++;
        // Freed here: a call after remove() would be seen by the sanitizers.
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong.load() == 0);
}

TEST_CASE("slots come and go while others are watched") {
  Watchdog watchdog;
  std::atomic<bool> stop{false};
  std::thread churn([&] {
    while (!stop.load()) {
      core::RunSlot slot;
      watchdog.watch(&slot);
      watchdog.wake();
      watchdog.forget(&slot);
    }
  });
  for (int i = 0; i < 200; i++) {
    CountingTarget target;
    watchdog.add(&target, core::now());
    target.wait_for_call();
    watchdog.remove(&target);
  }
  stop.store(true);
  churn.join();
}

TEST_CASE("a watchdog that never ran, ran, or was stopped already can be stopped") {
  Watchdog unused;
  unused.stop();
  Watchdog used;
  used.wake();
  used.stop();
  used.stop();
  used.wake();  // starts no thread again
}

TEST_CASE("kills and preemptions armed at the same moment end in the kill") {
  int wrong = 0;
  int both = 0;
  for (int i = 0; i < 200; i++) {
    TestVm vm;
    core::RunSlot slot;  // not the watchdog's
    std::atomic<bool> stop{false};
    std::thread armer([&] {
      // Preemption and kill as close together as two threads can bring them.
      while (!stop.load(std::memory_order_relaxed)) {
        const std::uint64_t ticket = slot.ticket();
        if (!core::RunSlot::is_running(ticket)) continue;
        slot.inspect(ticket, [](core::Run& run) { run.arm_preemption(); });
        for (int spin = 0; spin < i % 100; spin++) std::ignore = core::now();
        slot.inspect(ticket, [](core::Run& run) {
          run.request_kill(KillReason::kAborted);
          run.arm_kill();
        });
      }
    });
    vm.begin("while true do end");
    RunState state = RunState::kPreempted;
    while (state == RunState::kPreempted) {
      core::Section section(slot, vm.watchdog(), vm.run(), false);
      state = vm.resume_in_section(0);
    }
    stop.store(true);
    armer.join();
    const Outcome outcome = vm.end();
    both += outcome.preemptions > 0;
    if (outcome.failure.code != FailureCode::kAborted) wrong++;
  }
  CHECK(wrong == 0);
  MESSAGE("200 kills, " << both << " during a preemption");
}

}  // namespace
}  // namespace luaskills::test
