// A VM, its watchdog and a host without Node: host functions are C++ functions, runs are started from Lua
// text.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/crossing.h"
#include "../core/describe_failure.h"
#include "../core/protected_call.h"
#include "../core/vm.h"
#include "../core/watchdog.h"

namespace luaskills::test {

// Host functions by number. What the product posts to its JavaScript thread, a test answers by itself.
class TestHost : public core::HostBridge {
 public:
  using Function = std::function<int(lua_State*, core::Vm&)>;

  int call(lua_State* L, core::Vm& vm, std::uint32_t function) override { return functions[function](L, vm); }

  void push_functions(lua_State* L, core::Vm& vm, std::size_t group) override {
    lua_newtable(L);
    vm.push_host_function(L, static_cast<std::uint32_t>(group));
    lua_setfield(L, -2, "f");
  }

  bool tick_here(core::Vm& vm) override { return try_tick(vm); }

  void tick_blocking(core::Vm& vm) override {
    blocking_ticks++;
    on_tick(vm);
  }

  std::vector<Function> functions;
  std::function<void(core::Vm&)> on_tick = [](core::Vm&) {};
  // Whether the listener could run on this thread.
  std::function<bool(core::Vm&)> try_tick = [this](core::Vm& vm) {
    on_tick(vm);
    return true;
  };
  int blocking_ticks = 0;
};

// How a run ended.
struct Outcome {
  core::RunState state = core::RunState::kDone;
  core::Values values;    // kDone
  core::Failure failure;  // kFailed
  int preemptions = 0;

  // The first result; NaN and "" when there is none of that kind.
  [[nodiscard]] double number() const {
    const bool is_number = !values.empty() && values[0].kind == core::Value::Kind::kNumber;
    return is_number ? values[0].number : std::numeric_limits<double>::quiet_NaN();
  }
  [[nodiscard]] std::string text() const { return values.empty() ? std::string() : values[0].text; }
  [[nodiscard]] bool is_true() const { return !values.empty() && values[0].boolean; }
};

class TestVm {
 public:
  explicit TestVm(const core::VmOptions& options = {}) : vm_(core::Vm::open(options, host_, bootstrap_)) {
    REQUIRE(vm_ != nullptr);
    watchdog_.watch(&slot_);
  }
  ~TestVm() { watchdog_.forget(&slot_); }
  TestVm(const TestVm&) = delete;
  TestVm& operator=(const TestVm&) = delete;

  core::Vm& vm() { return *vm_; }
  core::Run& run() { return vm_->run(); }
  TestHost& host() { return host_; }
  core::Watchdog& watchdog() { return watchdog_; }
  core::RunSlot& slot() { return slot_; }
  core::BootstrapCache& bootstrap() { return bootstrap_; }
  [[nodiscard]] lua_State* state() const { return vm_->state(); }

  // Makes a host function at the dotted path.
  void define(std::string_view path, TestHost::Function function) {
    host_.functions.push_back(std::move(function));
    const auto id = static_cast<std::uint32_t>(host_.functions.size() - 1);
    const int status = core::protected_call(state(), [&] {
      vm_->push_host_function(state(), id);
      vm_->store_path(state(), path);
    });
    REQUIRE(status == 0);
  }

  // Begins a run of the chunk; resume() comes next.
  void begin(std::string_view code, const core::RunLimits& limits = {}) {
    core::Failure failure;
    const bool compiled = vm_->compile(code, "test", failure);
    INFO(failure.message);
    REQUIRE(compiled);
    REQUIRE(run().begin(&limits));
    lua_xmove(state(), run().coroutine(), 1);
  }

  // Continues the run in a section of this VM's slot.
  core::RunState resume(int argument_count = 0) {
    core::Section section(slot_, watchdog_, run(), false);
    return resume_in_section(argument_count);
  }

  // As resume(), where the caller has made the section.
  core::RunState resume_in_section(int argument_count) {
    const core::RunState state = run().resume(argument_count);
    outcome_.state = state;
    if (state == core::RunState::kPreempted) outcome_.preemptions++;
    if (state == core::RunState::kDone) take_values();
    if (state == core::RunState::kFailed) outcome_.failure = core::describe_run_failure(run());
    return state;
  }

  // Ends the run and hands out what became of it.
  Outcome end() {
    if (outcome_.state == core::RunState::kDone) {
      lua_settop(run().coroutine(), 0);
    } else {
      vm_->retire_coroutine();
    }
    run().end();
    return std::exchange(outcome_, {});
  }

  // A whole run, resumed after every preemption and tick.
  Outcome eval(std::string_view code, const core::RunLimits& limits = {}, core::Nanoseconds budget = 0) {
    begin(code, limits);
    run().set_budget(budget);
    core::RunState state = resume();
    while (state == core::RunState::kPreempted || state == core::RunState::kTick) {
      if (state == core::RunState::kTick) host_.on_tick(*vm_);
      state = resume();
    }
    return end();
  }

 private:
  void take_values() {
    lua_State* co = run().coroutine();
    for (int i = 1; i <= lua_gettop(co); i++) {
      core::Value value;
      core::JsonError error;
      const core::JsonStatus status = core::take_value(co, i, "result", run().stop_flag(), value, error);
      INFO(core::describe(error));
      CHECK(status == core::JsonStatus::kOk);
      outcome_.values.push_back(std::move(value));
    }
  }

  TestHost host_;
  core::BootstrapCache bootstrap_;
  core::Watchdog watchdog_;
  core::RunSlot slot_;
  std::unique_ptr<core::Vm> vm_;
  Outcome outcome_;
};

// So long from now on.
inline core::RunLimits deadline_in(core::Nanoseconds time) {
  return {.deadline = core::now() + time};
}

}  // namespace luaskills::test
