// What Lua files of the layers above get from C: compiled files, host functions, exports, and guards.
#include <string>

#include "../core/bootstrap_cache.h"
#include "test_vm.h"

namespace luaskills::test {
namespace {

// Runs a file of ours, with the toolbox as its argument, outside any run as the product does.
void run_file(TestVm& vm, const std::string& source) {
  lua_State* L = vm.state();
  const std::size_t number = vm.bootstrap().add(source);
  const int status = core::protected_call(L, [&] {
    vm.vm().push_own_chunk(L, number);
    vm.vm().push_path(L, "=toolbox");
    lua_call(L, 1, 0);
  });
  INFO((status != 0 && lua_isstring(L, -1) != 0 ? lua_tostring(L, -1) : ""));
  CHECK(status == 0);
  lua_settop(L, 0);
}

void open_toolbox(TestVm& vm) {
  lua_State* L = vm.state();
  REQUIRE(core::protected_call(L, [&] { vm.vm().export_toolbox(L); }) == 0);
  lua_settop(L, 0);
}

TEST_CASE("a file is compiled once and runs on every VM") {
  TestVm first;
  open_toolbox(first);
  lua_State* L = first.state();
  const std::size_t number = first.bootstrap().add("made = (made or 0) + 1");
  for (int i = 0; i < 3; i++) {
    const int status = core::protected_call(L, [&] {
      first.vm().push_own_chunk(L, number);
      lua_call(L, 0, 0);
    });
    CHECK(status == 0);
  }
  CHECK(first.eval("return made").number() == 3);
  CHECK(core::protected_call(L, [&] { first.vm().push_own_chunk(L, number + 1); }) == LUA_ERRRUN);
  lua_settop(L, 0);
}

TEST_CASE("a file gets a table of functions, and can show values to the host") {
  TestVm vm;
  open_toolbox(vm);
  run_file(vm, R"(
    local host = ...
    host.export("answer", 42)
    host.export("tree", { leaf = "x" })
    exported = host.json().encode({ 1 }))");
  lua_State* L = vm.state();
  vm.vm().push_path(L, "=answer");
  CHECK(lua_tonumber(L, -1) == 42);
  vm.vm().push_path(L, "=tree.leaf");
  CHECK(std::string(lua_tostring(L, -1)) == "x");
  vm.vm().push_path(L, "=nothing");
  CHECK(lua_isnil(L, -1));
  lua_settop(L, 0);
  CHECK(vm.eval("return exported").text() == "[1]");
}

TEST_CASE("load compiles text for an environment, and says why it cannot") {
  TestVm vm({.safe_libraries = true});
  open_toolbox(vm);
  run_file(vm, R"(
    local host = ...
    local environment = {}
    host.load("x = 1", "=a", environment)()
    written, leaked = environment.x, x
    missing, reason = host.load("x =", "=a", environment)
    bytecode = host.load("\27LJ", "=a", environment))");
  CHECK(vm.eval("return written == 1 and leaked == nil and missing == nil and bytecode == nil").is_true());
  CHECK(vm.eval("return reason").text() == "a:1: unexpected symbol near '<eof>'");
}

TEST_CASE("a guarded table that changes is noticed after the run, whatever changed it") {
  const char* const changes[] = {"rawset(guarded, 'x', 1)",
                                 "rawset(guarded, 1, 1)",
                                 "debug.setmetatable(guarded, nil)",
                                 "rawset(guarded, 'x', 1) rawset(guarded, 'x', nil)",
                                 "rawset(package.loaded._G, 'guarded', {})",
                                 "rawset(package.loaded._G, 'guarded', nil)"};
  for (const char* change : changes) {
    INFO(change);
    TestVm vm;
    open_toolbox(vm);
    run_file(vm, R"(
      local host = ...
      guarded = setmetatable({}, { __index = { member = 1 } })
      host.guard(guarded)
      host.guard_global("guarded"))");
    CHECK(vm.eval("return guarded.member").number() == 1);
    CHECK_FALSE(vm.vm().is_tampered());
    vm.eval(change);
    CHECK(vm.vm().is_tampered());
    CHECK(vm.vm().is_broken());
  }
}

TEST_CASE("only an empty table and a global that is a table can be guarded") {
  TestVm vm;
  open_toolbox(vm);
  run_file(vm, R"(
    local host = ...
    full = pcall(host.guard, { 1 })
    other = pcall(host.guard, 1)
    missing = pcall(host.guard_global, "nowhere"))");
  CHECK(vm.eval("return full == false and other == false and missing == false").is_true());
}

TEST_CASE("bytes and what cannot cross at all are told apart") {
  TestVm vm;
  std::string seen;
  vm.define("judge", [&seen](lua_State* L, core::Vm&) {
    for (int i = 1; i <= lua_gettop(L); i++) {
      const auto value = core::take_uncrossable(L, i);
      seen += !value ? "table " : value->kind == core::Value::Kind::kBytes ? "bytes " : value->text + " ";
    }
    return 0;
  });
  vm.eval("judge('\\255', print, coroutine.create(print), io.stdout, 1LL, {})");
  CHECK(seen == "bytes function thread userdata cdata table ");
}

}  // namespace
}  // namespace luaskills::test
