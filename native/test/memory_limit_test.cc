// The hard memory limit: it holds for everything that allocates, and the VM outlives it.
#include <array>
#include <string>

#include "test_vm.h"

namespace luaskills::test {
namespace {

using core::FailureCode;
using core::RunState;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

void check_exhausts(std::string_view code, bool jit) {
  TestVm vm({.memory_limit = 4 * kMegabyte, .jit = jit});
  const Outcome outcome = vm.eval(code);
  CHECK(outcome.state == RunState::kFailed);
  CHECK(outcome.failure.code == FailureCode::kMemory);
  CHECK(outcome.failure.message == "not enough memory");
  CHECK(vm.vm().memory_used() <= 4 * kMegabyte);
  CHECK(vm.vm().is_broken());
  // What it held is garbage now.
  CHECK(vm.eval("collectgarbage() return 6 * 7").number() == 42);
  CHECK(vm.eval("local t = {} for i = 1, 1000 do t[i] = {tostring(i)} end return #t").number() == 1000);
}

void check_exhausts(std::string_view code) {
  for (const bool jit : {true, false}) {
    CAPTURE(jit);
    check_exhausts(code, jit);
  }
}

TEST_CASE("one growing string ends at the limit") {
  check_exhausts("local s = 'x' while true do s = s .. s end");
}

TEST_CASE("a string made in one piece ends at the limit") {
  check_exhausts("return ('x'):rep(2 ^ 30)");
}

TEST_CASE("many strings end at the limit") {
  check_exhausts("local t = {} for i = 1, 1e9 do t[i] = 'key ' .. i end");
}

TEST_CASE("many tables end at the limit") {
  check_exhausts("local t = {} for i = 1, 1e9 do t[i] = {i} end");
}

TEST_CASE("one growing table ends at the limit") {
  check_exhausts("local t = {} for i = 1, 1e9 do t[i] = i end");
}

TEST_CASE("a growing hash part ends at the limit") {
  check_exhausts("local t = {} for i = 1, 1e9 do t[i + 0.5] = true end");
}

// Closures without upvalues: when the memory for an upvalue is refused, LuaJIT (lj_func_newL_gc) leaves a
// closure that it later frees as eight bytes smaller than it is. That is only a matter of its accounting, but
// LUA_USE_ASSERT checks it at close.
TEST_CASE("closures end at the limit") {
  check_exhausts("local t = {} for i = 1, 1e9 do t[i] = function() return true end end");
}

TEST_CASE("coroutines end at the limit") {
  check_exhausts("local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end");
}

TEST_CASE("a deep recursion of coroutines ends at the limit") {
  check_exhausts("local function nest() return coroutine.wrap(nest)() end nest()");
}

TEST_CASE("string buffers end at the limit") {
  check_exhausts("local b = require('string.buffer').new() while true do b:put('0123456789abcdef') end");
}

TEST_CASE("ffi allocations end at the limit") {
  check_exhausts("local ffi, t = require('ffi'), {} for i = 1, 1e9 do t[i] = ffi.new('char[?]', 1000) end");
}

TEST_CASE("the limit holds in a loop that is already compiled") {
  TestVm vm({.memory_limit = 8 * kMegabyte});
  const Outcome outcome = vm.eval(R"(
    local kept = {}
    local function fill(from, to) for i = from, to do kept[i] = {i, 'item ' .. i} end end
    fill(1, 1000)
    compiled = require('jit.util').traceinfo(1) ~= nil
    fill(1001, 1e9))");
  CHECK(outcome.failure.code == FailureCode::kMemory);
  CHECK(vm.eval("return compiled").is_true());
}

TEST_CASE("Lua code can catch running out of memory, and the VM counts as broken all the same") {
  TestVm vm({.memory_limit = 4 * kMegabyte});
  const Outcome outcome = vm.eval("return select(2, pcall(string.rep, 'x', 2 ^ 30))");
  CHECK(outcome.state == RunState::kDone);
  CHECK(outcome.text() == "not enough memory");
  CHECK(vm.vm().is_broken());
}

TEST_CASE("a VM runs out of memory a thousand times and goes on") {
  TestVm vm({.memory_limit = 2 * kMegabyte});
  int out_of_memory = 0;
  const std::array<std::string, 4> hogs = {
      "return ('x'):rep(2 ^ 24)",
      "local t = {} for i = 1, 1e9 do t[i] = i end",
      "local t = {} for i = 1, 1e9 do t[i] = {} end",
      "local t = {} for i = 1, 1e9 do t[i] = tostring(i) end",
  };
  for (int i = 0; i < 1000; i++) {
    out_of_memory +=
        vm.eval(hogs[static_cast<std::size_t>(i) % hogs.size()]).failure.code == FailureCode::kMemory;
  }
  CHECK(out_of_memory == 1000);
  CHECK(vm.eval("return 1").number() == 1);
}

TEST_CASE("garbage does not exhaust the limit: 14 MB of live data fit in 16 MB") {
  TestVm vm({.memory_limit = 16 * kMegabyte});
  const Outcome outcome = vm.eval(R"(
    local live, rep = {}, string.rep
    for i = 1, 14000 do live[i] = rep('x', 1000) .. i end
    for i = 1, 200000 do local garbage = rep('y', 200) .. i end
    return collectgarbage('count'))");
  CHECK(outcome.failure.message == "");
  CHECK(outcome.number() > 14000);
  CHECK_FALSE(vm.vm().is_broken());
}

TEST_CASE("without a limit a VM takes what it needs") {
  TestVm vm;
  CHECK(vm.eval("return #('x'):rep(2 ^ 26)").number() == 67108864);
  CHECK_FALSE(vm.vm().is_broken());
}

TEST_CASE("a limit too small for the libraries opens no VM") {
  TestHost host;
  core::BootstrapCache bootstrap;
  CHECK(core::Vm::open({.memory_limit = 30'000}, host, bootstrap) == nullptr);
}

TEST_CASE("the original allocator is put back before closing, by which LuaJIT knows its arena") {
  lua_State* L = luaL_newstate();
  void* arena = nullptr;
  const lua_Alloc allocate = lua_getallocf(L, &arena);
  core::MemoryLimit limit(L, kMegabyte, nullptr);
  void* wrapped_arena = nullptr;
  CHECK((lua_getallocf(L, &wrapped_arena) != allocate));
  limit.restore();
  void* restored_arena = nullptr;
  CHECK((lua_getallocf(L, &restored_arena) == allocate));
  CHECK(restored_arena == arena);
  lua_close(L);
}

TEST_CASE("every coroutine of a VM leads to its owner") {
  TestVm vm;
  vm.define("owner", [&](lua_State* L, core::Vm&) {
    lua_pushboolean(L, core::MemoryLimit::owner_of(L) == &vm.vm() ? 1 : 0);
    return 1;
  });
  CHECK(vm.eval("return coroutine.wrap(function() return coroutine.wrap(owner)() end)()").is_true());
}

}  // namespace
}  // namespace luaskills::test
