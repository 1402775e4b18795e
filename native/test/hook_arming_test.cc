// Arming, disarming and counting by hooks on a bare VM, from its own and from another thread; where a
// coroutine can yield.
#include "../core/hook_arming.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "test_vm.h"

namespace luaskills::test {
namespace {

// A bare LuaJIT state whose hook does what the test says.
class HookedState {
 public:
  using Hook = std::function<void(lua_State*, const lua_Debug*)>;

  HookedState() : state_(luaL_newstate(), lua_close) {
    luaL_openlibs(L());
    lua_pushlightuserdata(L(), this);
    lua_setfield(L(), LUA_REGISTRYINDEX, kSelf);
    core::hook_prepare(L(), [](lua_State* state, lua_Debug* activation) {
      lua_getfield(state, LUA_REGISTRYINDEX, kSelf);
      auto* self = static_cast<HookedState*>(lua_touserdata(state, -1));
      lua_pop(state, 1);
      self->fired++;
      if (self->hook) self->hook(state, activation);
    });
    define("arm", [](lua_State* state) {
      core::hook_arm(state);
      return 0;
    });
    define("disarm", [](lua_State* state) {
      core::hook_disarm(state);
      return 0;
    });
  }

  [[nodiscard]] lua_State* L() const { return state_.get(); }

  void define(const char* name, lua_CFunction function) { lua_register(L(), name, function); }

  // Status of the chunk; its first result or its error is on top of the stack.
  int run(const std::string& code) {
    lua_settop(L(), 0);
    REQUIRE(luaL_loadstring(L(), code.c_str()) == 0);
    return lua_pcall(L(), 0, 1, 0);
  }

  Hook hook;
  int fired = 0;

 private:
  static constexpr const char* kSelf = "hooked state";
  std::unique_ptr<lua_State, void (*)(lua_State*)> state_;
};

// Arms again and again, as the watchdog does, until told to stop.
class Armer {
 public:
  Armer(lua_State* L, void (*arm)(lua_State*))
      : thread_([this, L, arm] {
          while (!stop_.load(std::memory_order_relaxed)) {
            arm(L);
            std::this_thread::sleep_for(std::chrono::microseconds(50));
          }
        }) {}
  ~Armer() {
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
  }
  Armer(const Armer&) = delete;
  Armer& operator=(const Armer&) = delete;

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void raise_stopped(lua_State* L, const lua_Debug*) {
  core::hook_enter_kill(L);
  lua_pushliteral(L, "stopped");
  lua_error(L);
}

TEST_CASE("a prepared VM runs no hook until it is armed") {
  HookedState state;
  CHECK(state.run("local n = 0 for i = 1, 1000 do n = n + i end return n") == 0);
  CHECK(state.fired == 0);
}

TEST_CASE("armed from its own thread, the hook runs at every instruction until it is disarmed") {
  HookedState state;
  CHECK(state.run("local a = 1 arm() a = 2 a = 3 a = 4 disarm() a = 5 a = 6") == 0);
  const int fired = state.fired;
  CHECK(fired >= 4);
  CHECK(state.run("local n = 0 for i = 1, 1000 do n = n + i end") == 0);
  CHECK(state.fired == fired);
}

TEST_CASE("a hook that disarms runs once per arming") {
  HookedState state;
  state.hook = [](lua_State* L, const lua_Debug*) { core::hook_disarm(L); };
  CHECK(state.run("for i = 1, 1000 do arm() end") == 0);
  CHECK(state.fired == 1000);
}

TEST_CASE("armed from another thread, the hook ends a compiled endless loop") {
  for (const std::string loop : std::initializer_list<const char*>{
           "while true do end", "for i = 1, math.huge do end", "repeat local t = {} until false",
           "local function f() return f() end f()", "goto top ::top:: goto top"}) {
    CAPTURE(loop);
    HookedState state;
    state.hook = raise_stopped;
    const Armer armer(state.L(), core::hook_arm);
    CHECK(state.run(loop) == LUA_ERRRUN);
    CHECK(std::string(lua_tostring(state.L(), -1)) == "stopped");
  }
}

TEST_CASE("code stopped by a hook may be armed and disarmed thousands of times and computes the same") {
  HookedState state;
  state.hook = [](lua_State* L, const lua_Debug*) { core::hook_disarm(L); };
  const Armer armer(state.L(), core::hook_arm);
  CHECK(state.run("local n = 0 for i = 1, 3e7 do n = (n * 31 + i) % 1000003 end return n") == 0);
  const double interrupted = lua_tonumber(state.L(), -1);
  HookedState quiet;
  CHECK(quiet.run("local n = 0 for i = 1, 3e7 do n = (n * 31 + i) % 1000003 end return n") == 0);
  CHECK(interrupted == lua_tonumber(quiet.L(), -1));
  CHECK(state.fired > 0);
}

TEST_CASE("a kill fires again in whatever catches it") {
  HookedState state;
  state.hook = raise_stopped;
  CHECK(state.run("while true do pcall(function() arm() while true do end end) end") == LUA_ERRRUN);
  CHECK(state.fired > 1);
}

TEST_CASE("hooks do not run in a finalizer unless armed everywhere") {
  HookedState state;
  state.hook = raise_stopped;
  CHECK(state.run(R"(
    getmetatable(newproxy(true)).__gc = function() arm() local a = 1 a = 2 disarm() end
    collectgarbage() collectgarbage())") == 0);
  CHECK(state.fired == 0);
  state.define("arm_everywhere", [](lua_State* L) {
    core::hook_arm_everywhere(L);
    return 0;
  });
  state.run(R"(
    getmetatable(newproxy(true)).__gc = function() arm_everywhere() while true do end end
    collectgarbage() collectgarbage())");
  CHECK(state.fired > 0);
}

TEST_CASE("another thread gets into an endless finalizer when it arms everywhere") {
  HookedState state;
  state.hook = raise_stopped;
  const Armer armer(state.L(), core::hook_arm_everywhere);
  CHECK(state.run("getmetatable(newproxy(true)).__gc = function() while true do end end while true do "
                  "collectgarbage() end") == LUA_ERRRUN);
}

TEST_CASE("a count hook fires exactly every so many instructions") {
  HookedState state;
  state.define("count", [](lua_State* L) {
    core::hook_set_count(L, 100);
    return 0;
  });
  // Four instructions per turn of this loop: GETs and the call are left out.
  CHECK(state.run("count() local n = 0 for i = 1, 50000 do n = n + i end disarm()") == 0);
  const int fired = state.fired;
  CHECK(fired >= 1000);
  CHECK(state.run("count() local n = 0 for i = 1, 100000 do n = n + i end disarm()") == 0);
  const int both = state.fired;
  CHECK(both - fired >= 2 * fired - 2);
  CHECK(both - fired <= 2 * fired + 2);
}

TEST_CASE("event hooks are switched on and off beside the count") {
  HookedState state;
  int lines = 0;
  state.hook = [&](lua_State*, const lua_Debug* activation) { lines += activation->event == LUA_HOOKLINE; };
  core::hook_set_events(state.L(), LUA_MASKLINE);
  CHECK(state.run("local a = 1\nlocal b = 2\nlocal c = 3\n") == 0);
  CHECK(lines >= 3);
  core::hook_set_events(state.L(), 0);
  const int seen = lines;
  CHECK(state.run("local a = 1\nlocal b = 2\nlocal c = 3\n") == 0);
  CHECK(lines == seen);
}

TEST_CASE("the pattern matcher and table.sort poll an armed hook") {
  for (const std::string code : std::initializer_list<const char*>{
           "return (('a'):rep(600)):find('.-.-.-.-b$')", "return (('a'):rep(600)):match('a*a*a*a*a*b')",
           "local t = {} for i = 1, 2e6 do t[i] = -i end while true do table.sort(t) end"}) {
    CAPTURE(code);
    HookedState state;
    state.hook = raise_stopped;
    const Armer armer(state.L(), core::hook_arm);
    CHECK(state.run(code) == LUA_ERRRUN);
  }
}

// Runs the chunk with a host function `yieldable()`.
bool yieldable_in(const std::string& code) {
  TestVm vm;
  vm.define("yieldable", [&](lua_State* L, core::Vm& owner) {
    lua_pushboolean(L, owner.run().can_wait(L) ? 1 : 0);
    return 1;
  });
  const Outcome outcome = vm.eval(code);
  INFO(outcome.failure.message);
  CHECK(outcome.state == core::RunState::kDone);
  return outcome.is_true();
}

TEST_CASE("a run's own coroutine can yield") {
  CHECK(yieldable_in("return yieldable()"));
}

TEST_CASE("a yield passes pcall, metamethods and iterators") {
  CHECK(yieldable_in("return select(2, pcall(yieldable))"));
  CHECK(yieldable_in("return select(2, xpcall(function() return yieldable() end, print))"));
  CHECK(yieldable_in("return setmetatable({}, {__add = function() return yieldable() end}) + 1"));
  CHECK(yieldable_in("for y in function() return yieldable() end do return y end"));
}

TEST_CASE("a yield passes nested coroutines, by wrap and by resume") {
  CHECK(yieldable_in(R"(
    return coroutine.wrap(function()
      return select(2, coroutine.resume(coroutine.create(function()
        return coroutine.wrap(function() return yieldable() end)()
      end)))
    end)())"));
}

TEST_CASE("no yield passes a table.sort comparator") {
  CHECK_FALSE(
      yieldable_in("local y table.sort({1, 2}, function() y = yieldable() return false end) return y"));
}

TEST_CASE("no yield passes the replacement function of string.gsub") {
  CHECK_FALSE(yieldable_in("local y ('a'):gsub('a', function() y = yieldable() end) return y"));
}

TEST_CASE("no yield passes a coroutine below a C function, or a C function below a coroutine") {
  CHECK_FALSE(yieldable_in(R"(
    local y
    ('a'):gsub('a', function() y = coroutine.wrap(function() return yieldable() end)() end)
    return y)"));
  CHECK_FALSE(yieldable_in(R"(
    return coroutine.wrap(function() local y ('a'):gsub('a', function() y = yieldable() end) return y end)())"));
}

TEST_CASE("no yield passes a finalizer, an error handler or a hook") {
  CHECK_FALSE(yieldable_in(R"(
    local y
    getmetatable(newproxy(true)).__gc = function() y = yieldable() end
    collectgarbage() collectgarbage()
    return y)"));
  CHECK_FALSE(yieldable_in("local y xpcall(error, function() y = yieldable() end) return y"));
  CHECK_FALSE(yieldable_in(R"(
    local y
    debug.sethook(function() debug.sethook() y = yieldable() end, 'l')
    local a = 1
    return y)"));
}

}  // namespace
}  // namespace luaskills::test
