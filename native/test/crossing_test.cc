// Values between Lua stacks and Value.
#include <limits>
#include <string>

#include "test_vm.h"

namespace luaskills::test {
namespace {

using core::JsonError;
using core::JsonStatus;
using core::Value;

struct Taken {
  JsonStatus status = JsonStatus::kOk;
  Value value;
  JsonError error;
};

// What the chunk's first result becomes.
Taken take(TestVm& vm, std::string_view code, const std::atomic<std::uint32_t>* stop = nullptr) {
  vm.begin(code);
  REQUIRE(vm.run().resume(0) == core::RunState::kDone);
  Taken taken;
  taken.status = core::take_value(vm.run().coroutine(), 1, "result", stop, taken.value, taken.error);
  vm.end();
  return taken;
}

// Pushes the value onto the main state; the status of the protected call.
int push(TestVm& vm, const Value& value) {
  return core::protected_call(vm.state(), [&] { core::push_value(vm.state(), value); });
}

TEST_CASE("plain values are taken as they are") {
  TestVm vm;
  CHECK(take(vm, "return nil").value.kind == Value::Kind::kNil);
  CHECK(take(vm, "return true").value.boolean);
  CHECK_FALSE(take(vm, "return false").value.boolean);
  CHECK(take(vm, "return 0.1").value.number == 0.1);
  const Taken text = take(vm, "return 'naïve \\0 text'");
  CHECK(text.value.kind == Value::Kind::kString);
  CHECK(text.value.text == std::string("naïve \0 text", 13));
}

TEST_CASE("numbers that JSON does not have become nil") {
  TestVm vm;
  for (const char* code : {"return 0/0", "return 1/0", "return -1/0"}) {
    CHECK(take(vm, code).value.kind == Value::Kind::kNil);
  }
}

TEST_CASE("tables are taken as JSON text") {
  TestVm vm;
  const Taken taken = take(vm, "return {1, 'two', {three = false}}");
  CHECK(taken.value.kind == Value::Kind::kJson);
  CHECK(taken.value.text == R"([1,"two",{"three":false}])");
}

TEST_CASE("what cannot be converted is named by its path") {
  TestVm vm;
  const Taken taken = take(vm, "return {items = {1, 2, {cb = print}}}");
  CHECK(taken.status == JsonStatus::kInvalid);
  CHECK(core::describe(taken.error) == "result.items[3].cb: cannot convert function");
  CHECK(core::describe(take(vm, "return print").error) == "result: cannot convert function");
}

TEST_CASE("a string that is not UTF-8 is refused") {
  TestVm vm;
  const Taken taken = take(vm, "return '\\255'");
  CHECK(taken.status == JsonStatus::kInvalid);
  CHECK(core::describe(taken.error) == "result: cannot convert a string that is not valid UTF-8");
}

TEST_CASE("a kill stops the conversion of a large table") {
  TestVm vm;
  const std::atomic<std::uint32_t> stop{1};
  const Taken taken = take(vm, "local t = {} for i = 1, 1e5 do t[i] = {i} end return t", &stop);
  CHECK(taken.status == JsonStatus::kStopped);
}

TEST_CASE("every kind of value is pushed") {
  TestVm vm;
  lua_State* L = vm.state();
  CHECK(push(vm, Value::nil()) == 0);
  CHECK(lua_isnil(L, -1));
  CHECK(push(vm, Value::of(true)) == 0);
  CHECK(lua_toboolean(L, -1) == 1);
  CHECK(push(vm, Value::of(2.5)) == 0);
  CHECK(lua_tonumber(L, -1) == 2.5);
  CHECK(push(vm, Value::string({"a\0b", 3})) == 0);
  CHECK(lua_objlen(L, -1) == 3);
  CHECK(push(vm, Value::json(R"({"a":[1,2]})")) == 0);
  lua_getfield(L, -1, "a");
  CHECK(lua_objlen(L, -1) == 2);
  lua_settop(L, 0);
}

TEST_CASE("malformed JSON raises a message with its offset") {
  TestVm vm;
  CHECK(push(vm, Value::json("[1,]")) == LUA_ERRRUN);
  CHECK(std::string(lua_tostring(vm.state(), -1)).find("at byte 3") != std::string::npos);
  lua_settop(vm.state(), 0);
}

TEST_CASE("a value too large for the VM raises a memory error, and the VM goes on") {
  TestVm vm({.memory_limit = std::size_t{2} << 20});
  CHECK(push(vm, Value::string(std::string(4 << 20, 'x'))) == LUA_ERRMEM);
  lua_settop(vm.state(), 0);
  CHECK(push(vm, Value::json("[" + std::string(4 << 20, ' ') + "1]")) == 0);
  lua_settop(vm.state(), 0);
  CHECK(vm.eval("return 1").number() == 1);
}

TEST_CASE("values go round") {
  TestVm vm;
  for (const char* json : {"[]", "[[]]", R"({"a":{"b":[null,1]}})", R"(["é",1e+300,-0.5])"}) {
    CHECK(push(vm, Value::json(json)) == 0);
    Value value;
    JsonError error;
    CHECK(core::take_value(vm.state(), -1, "value", nullptr, value, error) == JsonStatus::kOk);
    CHECK(value.text == json);
    lua_settop(vm.state(), 0);
  }
}

}  // namespace
}  // namespace luaskills::test
