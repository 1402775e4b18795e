// Libraries, environments, paths of globals, compiling, and failures as they are shown.
#include <cstdio>
#include <fstream>
#include <string>

#include "test_vm.h"

namespace luaskills::test {
namespace {

using core::FailureCode;

TEST_CASE("the whole set of libraries is there by default") {
  TestVm vm;
  CHECK(vm.eval(R"(
    for _, name in ipairs({'io', 'os', 'debug', 'jit', 'package', 'require', 'load', 'string', 'table', 'math', 'bit'}) do
      if _G[name] == nil then return name end
    end
    return require('ffi') ~= nil and require('string.buffer') ~= nil)")
            .is_true());
}

TEST_CASE("safe libraries leave nothing that reaches the host") {
  TestVm vm({.safe_libraries = true});
  const Outcome outcome = vm.eval(R"(
    local names = {}
    for name in pairs(_G) do names[#names + 1] = name end
    for name in pairs(os) do names[#names + 1] = 'os.' .. name end
    table.sort(names)
    return table.concat(names, ' '))");
  CHECK(outcome.text() ==
        "_G _VERSION assert bit collectgarbage coroutine error gcinfo getfenv getmetatable ipairs math "
        "newproxy next "
        "os os.clock os.date os.difftime os.time pairs pcall print rawequal rawget rawlen rawset select "
        "setfenv "
        "setmetatable string table tonumber tostring type unpack xpcall");
  CHECK(vm.eval("return string.dump == nil and ('').dump == nil").is_true());
}

TEST_CASE("safe libraries run compiled") {
  TestVm vm({.safe_libraries = true});
  CHECK(vm.vm().jit());
  CHECK(vm.eval("local n = 0 for i = 1, 1e6 do n = n + i end return n").number() == 500000500000);
}

TEST_CASE("a Lua program cannot end the process") {
  TestVm vm;
  const Outcome outcome = vm.eval("os.exit(3)");
  CHECK(outcome.failure.message == "test:1: os.exit: Lua code cannot end the host process");
}

TEST_CASE("only text compiles") {
  TestVm vm;
  core::Failure failure;
  CHECK_FALSE(vm.vm().compile("\x1bLJ\x02", "bytecode", failure));
  CHECK(failure.code == FailureCode::kSyntax);
  CHECK(failure.message == "only chunks of text can be loaded, not bytecode");
  CHECK(vm.eval("return load(string.dump(function() end)) == nil").is_true());
  CHECK(vm.eval("return select(2, loadstring(string.dump(function() end)))").text() ==
        "only chunks of text can be loaded, not bytecode");
  CHECK(vm.eval("return (load(string.dump(function() end), 'x', 'b'))").values[0].kind ==
        core::Value::Kind::kNil);
}

TEST_CASE("a file of bytecode is refused by loadfile, dofile and require") {
  TestVm vm;
  const Outcome outcome = vm.eval(R"(
    local name = os.tmpname()
    local file = io.open(name, 'wb')
    file:write(string.dump(function() end))
    file:close()
    package.path = name
    local refused = loadfile(name) == nil and not pcall(dofile, name) and not pcall(require, 'anything')
    os.remove(name)
    return refused)");
  CHECK(outcome.is_true());
}

TEST_CASE("a syntax error tells chunk and line") {
  TestVm vm;
  core::Failure failure;
  CHECK_FALSE(vm.vm().compile("local a = 1\nlocal = 2", "tools/find.lua", failure));
  CHECK(failure.code == FailureCode::kSyntax);
  CHECK(failure.chunk == "tools/find.lua");
  CHECK(failure.line == 2);
  CHECK(failure.message.find("tools/find.lua:2: ") == 0);
  CHECK(lua_gettop(vm.state()) == 0);
}

TEST_CASE("a source too deep or too large to compile is an error") {
  TestVm vm;
  core::Failure failure;
  CHECK_FALSE(vm.vm().compile("return " + std::string(10'000, '('), "deep", failure));
  CHECK(failure.code == FailureCode::kSyntax);
  TestVm small({.memory_limit = std::size_t{1} << 20});
  std::string large = "return {";
  for (int i = 0; i < 200'000; i++) large += "'" + std::to_string(i) + "',";
  CHECK_FALSE(small.vm().compile(large + "}", "large", failure));
  CHECK(failure.code == FailureCode::kMemory);
}

TEST_CASE("environments read through to the globals and keep their own writes") {
  TestVm vm;
  core::Failure failure;
  const std::optional<int> first = vm.vm().environment("first", failure);
  const std::optional<int> second = vm.vm().environment("second", failure);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(vm.vm().environment("first", failure) == first);
  const auto eval_in = [&](int environment, std::string_view code) {
    vm.begin("return load((...))()");
    vm.vm().set_coroutine_environment(environment);
    lua_pushlstring(vm.run().coroutine(), code.data(), code.size());
    vm.resume(1);
    return vm.end();
  };
  vm.eval("shared = 1");
  CHECK(eval_in(*first, "mine = 5 shared = 2 return _G.mine").number() == 5);
  CHECK(eval_in(*second, "return mine == nil and shared == 1").is_true());
  CHECK(eval_in(*first, "return shared").number() == 2);
  CHECK(eval_in(LUA_NOREF, "return mine == nil and shared == 1").is_true());
}

TEST_CASE("a path of globals is pushed, nil where a step is missing") {
  TestVm vm;
  vm.eval("app = {tools = {answer = 42}, text = 'x'}");
  lua_State* L = vm.state();
  struct Step {
    std::string path;
    int type;
  };
  for (const Step& step : {Step{"app.tools.answer", LUA_TNUMBER}, Step{"app.tools", LUA_TTABLE},
                           Step{"app.none.answer", LUA_TNIL}, Step{"app.text.answer", LUA_TNIL},
                           Step{"none", LUA_TNIL}, Step{"print", LUA_TFUNCTION}}) {
    CAPTURE(step.path);
    vm.vm().push_path(L, step.path);
    CHECK(lua_type(L, -1) == step.type);
    CHECK(lua_gettop(L) == 1);
    lua_settop(L, 0);
  }
}

TEST_CASE("storing at a path makes the tables on the way") {
  TestVm vm;
  lua_State* L = vm.state();
  lua_pushnumber(L, 7);
  CHECK(core::protected_call(L, [&] { vm.vm().store_path(L, "a.b.c"); }) == 0);
  CHECK(lua_gettop(L) == 0);
  CHECK(vm.eval("return a.b.c").number() == 7);
  lua_pushnumber(L, 8);
  CHECK(core::protected_call(L, [&] { vm.vm().store_path(L, "a.b.d"); }) == 0);
  CHECK(vm.eval("return a.b.c + a.b.d").number() == 15);
}

TEST_CASE("storing below something that is no table is an error that names it") {
  TestVm vm;
  lua_State* L = vm.state();
  lua_pushnumber(L, 7);
  CHECK(core::protected_call(L, [&] { vm.vm().store_path(L, "print.x"); }) == LUA_ERRRUN);
  CHECK(std::string(lua_tostring(L, -1)) == "print is a function, not a table");
  lua_settop(L, 0);
}

TEST_CASE("a runtime error tells message, chunk, line and traceback") {
  TestVm vm;
  const Outcome outcome = vm.eval(
      "local function inner()\n  error('broken')\nend\nlocal function outer() inner() return 1 end\nouter()");
  const core::Failure& failure = outcome.failure;
  CHECK(failure.code == FailureCode::kRuntime);
  CHECK(failure.message == "test:2: broken");
  CHECK(failure.chunk == "test");
  CHECK(failure.line == 2);
  CHECK(failure.traceback.find("stack traceback:\n") == 0);
  CHECK(failure.traceback.find("test:4: in function 'outer'") != std::string::npos);
}

TEST_CASE("tracebacks show neither C functions nor our own Lua nor addresses") {
  TestVm vm;
  for (const std::string code : std::initializer_list<const char*>{
           "table.sort({1, 2}, function() error('x') end)", "pcall(error) string.rep()",
           "coroutine.wrap(function() error('x') end)()", "require('no.such.module')",
           "('x'):gsub('x', function() local a = nil + 1 end)"}) {
    CAPTURE(code);
    const std::string traceback = vm.eval(code).failure.traceback;
    CHECK(traceback.find("[C]") == std::string::npos);
    CHECK(traceback.find("[luaskills]") == std::string::npos);
    CHECK(traceback.find("0x") == std::string::npos);
  }
}

TEST_CASE("an error without a position gets the position of its frame") {
  TestVm vm;
  const Outcome outcome = vm.eval("local a = 1\n\nerror('bare', 0)");
  CHECK(outcome.failure.message == "bare");
  CHECK(outcome.failure.chunk == "test");
}

TEST_CASE("error values that are no strings cross when they can") {
  TestVm vm;
  const Outcome table = vm.eval("error({code = 404})");
  REQUIRE(table.failure.value.has_value());
  CHECK(table.failure.value->text == R"({"code":404})");
  CHECK(table.failure.message == "error raised with a table value");
  CHECK(vm.eval("error(nil)").failure.message == "error raised with nil");
  CHECK(vm.eval("error(42, 0)").failure.message == "42");
  const Outcome function = vm.eval("error(print)");
  CHECK_FALSE(function.failure.value.has_value());
  CHECK(function.failure.message == "error raised with a function value");
  CHECK(vm.eval("error(setmetatable({}, {__tostring = function() return 'own text' end}))").failure.message ==
        "own text");
}

TEST_CASE("an error value whose description fails is still an error") {
  TestVm vm;
  const Outcome outcome = vm.eval("error(setmetatable({}, {__tostring = function() error('again') end}))");
  CHECK(outcome.failure.code == FailureCode::kRuntime);
  CHECK_FALSE(outcome.failure.message.empty());
  CHECK(vm.eval("return 1").number() == 1);
}

TEST_CASE("a stack overflow is an error") {
  TestVm vm;
  const Outcome outcome = vm.eval("local function f() return 1 + f() end return f()");
  CHECK(outcome.failure.code == FailureCode::kRuntime);
  CHECK(outcome.failure.message.find("stack overflow") != std::string::npos);
  CHECK(vm.eval("return 1").number() == 1);
}

TEST_CASE("a released function is dropped when the VM is next used") {
  TestVm vm;
  lua_newtable(vm.state());
  const int anchor = vm.vm().anchor(vm.state());
  lua_rawgeti(vm.state(), LUA_REGISTRYINDEX, anchor);
  CHECK(lua_istable(vm.state(), -1));
  vm.vm().release_later(anchor);
  CHECK(vm.eval("return 1").number() == 1);
  lua_rawgeti(vm.state(), LUA_REGISTRYINDEX, anchor);
  CHECK_FALSE(lua_istable(vm.state(), -1));
  lua_settop(vm.state(), 0);
}

TEST_CASE("closing does not run finalizers written in Lua, and runs those in C") {
  std::string name;
  {
    TestVm vm;
    name = vm.eval("return os.tmpname()").text();
    const Outcome outcome = vm.eval(R"(
      proxy = newproxy(true)
      getmetatable(proxy).__gc = function() while true do end end
      kept = require('ffi').gc(require('ffi').new('int[1]'), function() while true do end end)
      file = io.open(')" + name + "', 'w') return file:write('written') == file");
    CHECK(outcome.is_true());
  }
  std::ifstream file(name);
  std::string text;
  file >> text;
  CHECK(text == "written");
  std::remove(name.c_str());
}

TEST_CASE("coroutines keep their standard meaning") {
  TestVm vm;
  CHECK(vm.eval(R"(
    local co = coroutine.create(function(...) local x = coroutine.yield(...) error('e' .. x, 0) end)
    local a, b, c = coroutine.resume(co, 1, 2)
    assert(a and b == 1 and c == 2 and coroutine.status(co) == 'suspended')
    local ok, message = coroutine.resume(co, 5)
    assert(not ok and message == 'e5' and coroutine.status(co) == 'dead')
    assert(select(2, coroutine.resume(co)) == 'cannot resume dead coroutine')
    local outer = coroutine.wrap(function()
      local inner = coroutine.wrap(function() coroutine.yield(nil) coroutine.yield() return 'end' end)
      assert(select('#', inner()) == 1)
      assert(select('#', inner()) == 0)
      return inner()
    end)
    return outer() == 'end')")
            .is_true());
}

TEST_CASE("closing does not run finalizers in C that call Lua") {
  TestVm vm;
  const Outcome outcome = vm.eval(R"(
    local ffi = require('ffi')
    local function hang() while true do end end
    for _, finalizer in ipairs({pcall, tostring, next, table.foreach, require('string.buffer').encode}) do
      local proxy = newproxy(true)
      local mt = getmetatable(proxy)
      mt.__gc, mt.__call, mt.__tostring = finalizer, hang, hang
      kept = {kept, proxy}
    end
    local object = ffi.metatype('struct {int y;}', {__call = hang})
    kept = {kept, ffi.gc(object(), pcall)})");
  CHECK(outcome.failure.message.empty());
}

}  // namespace
}  // namespace luaskills::test
