// The life of one run: start, yield, resume, kill, limits, ticks, and what is put back at its end.
#include <array>
#include <string>

#include "../core/vm_internals.h"
#include "test_vm.h"

namespace luaskills::test {
namespace {

using core::FailureCode;
using core::KillReason;
using core::kMillisecond;
using core::RunState;

// wait(...) returns what the test resumes it with.
void define_wait(TestVm& vm) {
  vm.define("wait",
            [](lua_State* L, core::Vm& owner) { return owner.run().yield_for(L, RunState::kWaiting); });
}

TEST_CASE("a run returns every result") {
  TestVm vm;
  const Outcome outcome = vm.eval("return 1, 'two', true, nil, {3}");
  REQUIRE(outcome.values.size() == 5);
  CHECK(outcome.values[0].number == 1);
  CHECK(outcome.values[1].text == "two");
  CHECK(outcome.values[2].boolean);
  CHECK(outcome.values[3].kind == core::Value::Kind::kNil);
  CHECK(outcome.values[4].text == "[3]");
}

TEST_CASE("a run takes arguments") {
  TestVm vm;
  vm.begin("local a, b = ... return a .. b");
  lua_pushliteral(vm.run().coroutine(), "left ");
  lua_pushliteral(vm.run().coroutine(), "right");
  CHECK(vm.resume(2) == RunState::kDone);
  CHECK(vm.end().text() == "left right");
}

TEST_CASE("the coroutine is used again after a run that returned and retired after one that failed") {
  TestVm vm;
  vm.begin("return 1");
  const lua_State* first = vm.run().coroutine();
  vm.resume();
  vm.end();
  vm.begin("error('no')");
  CHECK(vm.run().coroutine() == first);
  CHECK(vm.resume() == RunState::kFailed);
  vm.end();
  CHECK(vm.eval("return 2").number() == 2);
}

TEST_CASE("a host function waits, and the run goes on with its result") {
  TestVm vm;
  define_wait(vm);
  vm.begin("local got = wait(1, 2) return got * 2");
  CHECK(vm.resume() == RunState::kWaiting);
  CHECK(lua_gettop(vm.run().coroutine()) == 0);
  lua_pushnumber(vm.run().coroutine(), 21);
  CHECK(vm.resume(1) == RunState::kDone);
  CHECK(vm.end().number() == 42);
}

TEST_CASE("a wait passes pcall, metamethods, iterators, nested coroutines, require and dofile") {
  TestVm vm;
  define_wait(vm);
  vm.begin(R"(
    package.preload.waiting = function() return {value = wait()} end
    local sum = select(2, pcall(wait))
    sum = sum + setmetatable({}, {__index = function() return wait() end}).field
    for n in coroutine.wrap(function() for i = 1, 2 do coroutine.yield(wait()) end end) do sum = sum + n end
    sum = sum + require('waiting').value
    sum = sum + select(2, coroutine.resume(coroutine.create(function()
      return coroutine.wrap(function() return wait() end)()
    end)))
    return sum)");
  RunState state = vm.resume();
  int waits = 0;
  while (state == RunState::kWaiting) {
    lua_pushnumber(vm.run().coroutine(), 1 << waits++);
    state = vm.resume(1);
  }
  CHECK(state == RunState::kDone);
  CHECK(waits == 6);
  CHECK(vm.end().number() == 63);
}

TEST_CASE("a user's own yields keep their values beside a wait") {
  TestVm vm;
  define_wait(vm);
  vm.begin(R"(
    local co = coroutine.create(function(a)
      local b = coroutine.yield(a + 1)
      wait()
      local c = coroutine.yield(b + 1)
      return c + 1
    end)
    local out = {}
    for i = 1, 3 do out[i] = select(2, coroutine.resume(co, i * 10)) end
    out[4] = coroutine.status(co)
    return out)");
  CHECK(vm.resume() == RunState::kWaiting);
  CHECK(vm.resume(0) == RunState::kDone);
  CHECK(vm.end().text() == "[11,21,31,\"dead\"]");
}

TEST_CASE("a failed wait raises its message where the host function was called") {
  TestVm vm;
  define_wait(vm);
  vm.begin("return pcall(wait)");
  CHECK(vm.resume() == RunState::kWaiting);
  lua_pushliteral(vm.run().coroutine(), "not found");
  CHECK(vm.resume(vm.run().prepare_failure(1)) == RunState::kDone);
  const Outcome outcome = vm.end();
  CHECK_FALSE(outcome.values[0].boolean);
  CHECK(outcome.values[1].text == "not found");
}

TEST_CASE("a failed wait that nobody catches fails the run with its message") {
  TestVm vm;
  define_wait(vm);
  vm.begin("coroutine.wrap(function() wait() end)()");
  CHECK(vm.resume() == RunState::kWaiting);
  lua_pushliteral(vm.run().coroutine(), "not found");
  CHECK(vm.resume(vm.run().prepare_failure(1)) == RunState::kFailed);
  CHECK(vm.end().failure.message.find("not found") != std::string::npos);
}

TEST_CASE("yielding outside a coroutine is an error at its line, and pcall catches it") {
  TestVm vm;
  const Outcome outcome = vm.eval("local a = 1\ncoroutine.yield(a)");
  CHECK(outcome.state == RunState::kFailed);
  CHECK(outcome.failure.message == "test:2: attempt to yield from outside a coroutine");
  CHECK(vm.eval("return (pcall(coroutine.yield))").is_true() == false);
}

TEST_CASE("the run's coroutine looks like the main one to Lua code") {
  TestVm vm;
  CHECK(vm.eval("return select(2, coroutine.running()) and not coroutine.isyieldable()").is_true());
  CHECK(vm.eval("return coroutine.wrap(function() return coroutine.isyieldable() and not select(2, "
                "coroutine.running()) end)()")
            .is_true());
}

TEST_CASE("every kill reason has its own code and text") {
  const std::array<std::pair<KillReason, FailureCode>, 4> reasons = {{
      {KillReason::kTimeout, FailureCode::kTimeout},
      {KillReason::kAborted, FailureCode::kAborted},
      {KillReason::kInstructions, FailureCode::kInstructions},
      {KillReason::kClosed, FailureCode::kClosed},
  }};
  for (const auto& [reason, code] : reasons) {
    TestVm vm;
    vm.define("kill", [reason = reason](lua_State*, core::Vm& owner) {
      owner.run().kill_here(reason);
      return 0;
    });
    const Outcome outcome = vm.eval("kill() while true do end");
    CHECK(outcome.failure.code == code);
    CHECK(outcome.failure.message == core::kill_text(reason));
    CHECK(vm.vm().is_broken());
  }
}

TEST_CASE("the first kill reason stays") {
  TestVm vm;
  vm.begin("while true do end");
  vm.run().request_kill(KillReason::kAborted);
  vm.run().request_kill(KillReason::kTimeout);
  CHECK(vm.resume() == RunState::kFailed);
  CHECK(vm.end().failure.code == FailureCode::kAborted);
}

TEST_CASE("a kill requested before the run starts takes effect at its first instruction") {
  TestVm vm;
  vm.begin("touched = true while true do end");
  vm.run().request_kill(KillReason::kAborted);
  CHECK(vm.resume() == RunState::kFailed);
  vm.end();
  CHECK(vm.eval("return touched == nil").is_true());
}

TEST_CASE("a kill requested while the run waits takes effect when it is resumed") {
  TestVm vm;
  define_wait(vm);
  vm.begin("pcall(wait) while true do end");
  CHECK(vm.resume() == RunState::kWaiting);
  vm.run().request_kill(KillReason::kClosed);
  CHECK(vm.resume(0) == RunState::kFailed);
  CHECK(vm.end().failure.code == FailureCode::kClosed);
}

TEST_CASE("a kill ends conversions that poll the stop flag") {
  TestVm vm;
  vm.begin("return 1");
  CHECK(vm.run().stop_flag()->load() == 0);
  vm.run().request_kill(KillReason::kAborted);
  CHECK(vm.run().stop_flag()->load() != 0);
  vm.resume();
  vm.end();
  CHECK(vm.run().stop_flag()->load() == 0);
}

TEST_CASE("nothing that Lua code does outlives a kill") {
  for (const std::string code : std::initializer_list<const char*>{
           "while true do pcall(function() while true do end end) end",
           "while true do xpcall(function() while true do end end, function() while true do end end) end",
           "while true do coroutine.wrap(function() while true do end end)() end",
           "while true do pcall(coroutine.wrap(function() pcall(function() while true do end end) end)) end",
           "local function f() pcall(f) f() end f()",
           "while true do table.sort({3, 2, 1}, function() while true do end end) end",
           "while true do pcall(string.gsub, 'a', 'a', function() while true do end end) end",
           "return (('a'):rep(600)):find('.-.-.-.-b$')",
           "while true do load('while true do end')() end",
           "getmetatable(newproxy(true)).__gc = function() while true do end end while true do "
           "collectgarbage() end",
           "local ffi = require('ffi') ffi.gc(ffi.new('int[1]'), function() while true do end end) while "
           "true do "
           "collectgarbage() end",
           "error(setmetatable({}, {__tostring = function() while true do end end}))",
           "while true do jit.off() jit.on() jit.flush() end",
           "while true do debug.sethook(function() while true do end end, 'crl', 1) end",
           "local s = '' while true do s = ('x'):rep(1000) .. #s end",
       }) {
    CAPTURE(code);
    TestVm vm;
    const Outcome outcome = vm.eval(code, deadline_in(2 * kMillisecond));
    CHECK(outcome.state == RunState::kFailed);
    CHECK(outcome.failure.code == FailureCode::kTimeout);
  }
}

TEST_CASE("an instruction limit is exact to its step") {
  // Counts the turns of a loop of a known number of instructions by limits one apart.
  const auto turns = [](std::uint64_t limit) {
    TestVm vm;
    const Outcome outcome = vm.eval("turns = 0 while true do turns = turns + 1 end", {.instructions = limit});
    CHECK(outcome.failure.code == FailureCode::kInstructions);
    return vm.eval("return turns").number();
  };
  const double base = turns(1000);
  std::uint64_t step = 1;
  while (turns(1000 + step) == base) step++;
  const double next = turns(1000 + step);
  CHECK(next == base + 1);
  // From here on exactly one more turn every so many instructions, far beyond one step of the count hook.
  std::uint64_t period = 1;
  while (turns(1000 + step + period) == next) period++;
  CHECK(turns(1000 + step + period) == next + 1);
  CHECK(turns(1000 + step + 30'000 * period) == next + 30'000);
  CHECK(turns(1000 + step + 30'000 * period - 1) == next + 29'999);
}

TEST_CASE("a run within its instruction limit returns") {
  TestVm vm;
  CHECK(
      vm.eval("local n = 0 for i = 1, 1000 do n = n + i end return n", {.instructions = 100'000}).number() ==
      500500);
  CHECK_FALSE(vm.vm().is_broken());
}

TEST_CASE("an instruction limit counts through pcall, coroutines and code that would be compiled") {
  for (const std::string code :
       std::initializer_list<const char*>{"while true do pcall(function() for i = 1, 100 do end end) end",
                                          "local f = coroutine.wrap(function() while true do "
                                          "coroutine.yield() end end) while true do f() end",
                                          "local n = 0 for i = 1, 1e12 do n = n + i end"}) {
    CAPTURE(code);
    TestVm vm;
    CHECK(vm.eval(code, {.instructions = 50'000}).failure.code == FailureCode::kInstructions);
  }
}

TEST_CASE("an instruction limit is the same whether or not the run is preempted on the way") {
  const auto turns = [](core::Nanoseconds budget) {
    TestVm vm;
    vm.eval("turns = 0 while true do turns = turns + 1 end", {.instructions = 3'000'000}, budget);
    return vm.eval("return turns").number();
  };
  CHECK(turns(0) == turns(1));
}

TEST_CASE("the listener is called every so many instructions") {
  TestVm vm;
  int ticks = 0;
  vm.host().on_tick = [&](core::Vm&) { ticks++; };
  vm.eval("local n = 0 while true do n = n + 1 end", {.instructions = 100'000, .tick_every = 1'000});
  CHECK(ticks == 100);
}

TEST_CASE("the listener yields to another thread where it cannot run here, at the same instructions") {
  TestVm vm;
  int ticks = 0;
  vm.host().try_tick = [](core::Vm&) { return false; };
  vm.host().on_tick = [&](core::Vm&) { ticks++; };
  vm.eval("local n = 0 while true do n = n + 1 end", {.instructions = 100'000, .tick_every = 1'000});
  CHECK(ticks == 100);
  CHECK(vm.host().blocking_ticks == 0);
}

TEST_CASE("the listener is waited for below a C function") {
  TestVm vm;
  vm.host().try_tick = [](core::Vm&) { return false; };
  vm.eval("table.sort({1, 2}, function() for i = 1, 1e4 do end return false end)", {.tick_every = 1'000});
  CHECK(vm.host().blocking_ticks > 0);
}

TEST_CASE("the listener can end the run") {
  TestVm vm;
  vm.host().on_tick = [](core::Vm& owner) { owner.run().request_kill(KillReason::kAborted); };
  CHECK(vm.eval("while true do end", {.tick_every = 5'000}).failure.code == FailureCode::kAborted);
}

TEST_CASE("the compiler is switched for one run") {
  TestVm vm;
  CHECK(vm.eval("return (jit.status())").is_true());
  CHECK_FALSE(vm.eval("return (jit.status())", {.jit = false}).is_true());
  CHECK(vm.eval("return (jit.status())").is_true());
  vm.vm().set_default_jit(false);
  CHECK_FALSE(vm.eval("return (jit.status())").is_true());
  CHECK(vm.eval("return (jit.status())", {.jit = true}).is_true());
  CHECK_FALSE(vm.eval("return (jit.status())").is_true());
}

TEST_CASE("a run without the compiler does not run code compiled before") {
  TestVm vm;
  const std::string loop =
      "local n = 0 for i = 1, 1e4 do n = n + i end return require('jit.util').traceinfo(1) ~= nil";
  CHECK(vm.eval(loop).is_true());
  CHECK_FALSE(vm.eval(loop, {.jit = false}).is_true());
}

TEST_CASE("jit.off and a stopped collector end with the run") {
  TestVm vm;
  vm.eval("jit.off() collectgarbage('stop')");
  CHECK_FALSE(core::collector_is_changed(vm.state()));
  vm.eval("collectgarbage('setpause', 1e6) collectgarbage('setstepmul', 1)");
  CHECK_FALSE(core::collector_is_changed(vm.state()));
  CHECK(core::jit_is_on(vm.state()));
  CHECK(vm.eval("return (jit.status())").is_true());
}

TEST_CASE("what a preempted run computes is exact") {
  TestVm vm;
  const std::string code = R"(
    local n = 0
    for i = 1, 2e7 do n = (n * 31 + i) % 1000003 end
    return n)";
  const double expected = vm.eval(code).number();
  const Outcome outcome = vm.eval(code, {}, 1);
  CHECK(outcome.number() == expected);
  CHECK(outcome.preemptions > 0);
}

TEST_CASE("a run that cannot be preempted below a C function goes on and says so") {
  TestVm vm;
  vm.begin(R"(
    local t = {}
    for i = 1, 3e5 do t[i] = (i * 7919) % 1000003 end
    table.sort(t, function(a, b) return a < b end)
    return t[1] <= t[2])");
  vm.run().set_budget(1);
  RunState state = vm.resume();
  while (state == RunState::kPreempted) state = vm.resume();
  CHECK(state == RunState::kDone);
  CHECK(vm.run().overran_boundary());
  CHECK(vm.end().is_true());
}

TEST_CASE(
    "sections nest: the inner run ends at the deadline of the outer one it inherits, and the outer goes on "
    "dying") {
  TestVm outer;
  TestVm inner;
  FailureCode inner_code = FailureCode::kRuntime;
  outer.define("call_inner", [&](lua_State*, core::Vm&) {
    inner.begin("while true do end");
    {
      core::Section section(outer.slot(), outer.watchdog(), inner.run(), true);
      CHECK(inner.resume_in_section(0) == RunState::kFailed);
    }
    inner_code = inner.end().failure.code;
    return 0;
  });
  const Outcome outcome = outer.eval("while true do pcall(call_inner) end", deadline_in(5 * kMillisecond));
  CHECK(inner_code == FailureCode::kTimeout);
  CHECK(outcome.failure.code == FailureCode::kTimeout);
}

TEST_CASE("an inner run with its own shorter deadline leaves the outer one alive") {
  TestVm outer;
  TestVm inner;
  outer.define("call_inner", [&](lua_State* L, core::Vm&) {
    inner.begin("while true do end", deadline_in(2 * kMillisecond));
    {
      core::Section section(outer.slot(), outer.watchdog(), inner.run(), true);
      inner.resume_in_section(0);
    }
    lua_pushboolean(L, inner.end().failure.code == FailureCode::kTimeout);
    return 1;
  });
  CHECK(outer.eval("return call_inner()", deadline_in(60'000 * kMillisecond)).is_true());
  CHECK(outer.slot().current() == nullptr);
}

TEST_CASE("a kill that a tail call of pcall caught does not become a result") {
  TestVm vm;
  const Outcome outcome =
      vm.eval("return pcall(function() while true do end end)", deadline_in(kMillisecond));
  CHECK(outcome.state == RunState::kFailed);
  CHECK(outcome.failure.code == FailureCode::kTimeout);
  CHECK(outcome.failure.message == core::kill_text(KillReason::kTimeout));
}

TEST_CASE("what one run compiled does not run in the later runs of a VM without the compiler") {
  TestVm vm({.jit = false});
  CHECK(vm.eval("function work() local n = 0 for i = 1, 1e4 do n = n + i end end work() "
                "return require('jit.util').traceinfo(1) ~= nil",
                {.jit = true})
            .is_true());
  CHECK_FALSE(vm.eval("return require('jit.util').traceinfo(1) ~= nil").is_true());
}

TEST_CASE(
    "a kill armed while the hook is about to yield does not let the VM run on as a suspended coroutine") {
  TestVm vm;
  vm.host().try_tick = [](core::Vm& owner) {
    owner.run().kill_here(KillReason::kAborted);  // what the watchdog does on its own thread
    return false;
  };
  vm.begin("while true do end", {.tick_every = 100});
  CHECK(vm.resume() == RunState::kTick);
  CHECK(vm.resume() == RunState::kFailed);
  CHECK(vm.end().failure.code == FailureCode::kAborted);
}

}  // namespace
}  // namespace luaskills::test
