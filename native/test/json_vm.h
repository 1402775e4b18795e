// A VM for tests of the JSON converter. Every conversion runs inside a protected call, as in the product.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

#include "../core/json.h"
#include "../core/luajit_internals.h"

namespace luaskills::test {

struct ReadResult {
  core::JsonStatus status = core::JsonStatus::kOk;
  core::JsonError error;
  std::string raised;  // text of the Lua error, when one was raised
};

struct WriteResult {
  core::JsonStatus status = core::JsonStatus::kOk;
  core::JsonError error;
  std::string text;
};

// What a document with nothing to lose needs: it writes back as it was read.
inline constexpr core::JsonReadOptions kFaithful{.keep_null = true, .int64 = true, .mark_empty = true};

class JsonVm {
 public:
  JsonVm() : state_(luaL_newstate(), lua_close) {
    luaL_openlibs(L());
    luaopen_ffi(L());
    core::json_open(L());
    lua_pushcfunction(L(), &run_read);
    run_read_ = luaL_ref(L(), LUA_REGISTRYINDEX);
    lua_pushlightuserdata(L(), core::kJsonNull);
    lua_setglobal(L(), "null");
    lua_register(L(), "object", &mark_object);
    lua_register(L(), "array", &mark_array);
  }

  lua_State* L() const { return state_.get(); }

  // Leaves the value (or nil) as the only one on the stack.
  ReadResult read(std::string_view text, const core::JsonReadOptions& options = {}) {
    lua_settop(L(), 0);
    ReadResult result;
    Call call{text, &options, &result};
    lua_rawgeti(L(), LUA_REGISTRYINDEX, run_read_);  // allocates nothing, which a test of memory errors needs
    lua_pushlightuserdata(L(), &call);
    if (lua_pcall(L(), 1, 1, 0) != 0) {
      result.raised = lua_tostring(L(), -1);
      result.status = core::JsonStatus::kInvalid;
    }
    return result;
  }

  // Evaluates Lua code, which sees the last value read as `...`; leaves its first result on the stack.
  void eval(std::string_view code) {
    const int arguments = lua_gettop(L());
    REQUIRE(luaL_loadbuffer(L(), code.data(), code.size(), "=test") == 0);
    lua_insert(L(), 1);
    const int status = lua_pcall(L(), arguments, 1, 0);
    INFO(code << ": " << (status != 0 ? lua_tostring(L(), -1) : ""));
    REQUIRE(status == 0);
  }

  bool holds(std::string_view condition) {
    lua_settop(L(), 1);
    eval("local v = ... return " + std::string(condition));
    const bool result = lua_toboolean(L(), -1) != 0;
    lua_settop(L(), 0);
    return result;
  }

  // Writes the value on top of the stack.
  WriteResult write(const core::JsonWriteOptions& options = {.sort_keys = true}) {
    WriteResult result;
    core::TextBuffer out;
    const int top = lua_gettop(L());
    result.status = core::json_write(L(), -1, out, options, result.error);
    CHECK(lua_gettop(L()) == top);
    result.text = out.view();
    return result;
  }

  WriteResult write_code(std::string_view code, const core::JsonWriteOptions& options = {.sort_keys = true}) {
    lua_settop(L(), 0);
    eval(code);
    return write(options);
  }

 private:
  static int mark_object(lua_State* state) {
    core::json_mark_object(state, 1);
    return 1;
  }

  static int mark_array(lua_State* state) {
    core::json_mark_array(state, -1);
    return 1;
  }

  struct Call {
    std::string_view text;
    const core::JsonReadOptions* options;
    ReadResult* result;
  };

  static int run_read(lua_State* state) {
    auto* call = static_cast<Call*>(lua_touserdata(state, 1));
    lua_settop(state, 0);
    call->result->status = core::json_read(state, call->text, *call->options, call->result->error);
    CHECK(lua_gettop(state) == (call->result->status == core::JsonStatus::kOk ? 1 : 0));
    return lua_gettop(state);
  }

  std::unique_ptr<lua_State, void (*)(lua_State*)> state_;
  int run_read_ = LUA_NOREF;
};

}  // namespace luaskills::test
