// Values between a Lua stack and JavaScript. Primitives cross one by one, everything else as JSON text.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "core/value.h"
#include "node/environment.h"

struct lua_State;

namespace luaskills::core {
class Run;
class Vm;
}  // namespace luaskills::core

namespace luaskills::node {

// Pushes JavaScript values onto `co`, a coroutine of `vm` that is not running. Throws a JavaScript LuaError
// when a value cannot cross or memory is short. The error's path begins with `root`, or with "args[0]" and so
// on where `root` is empty.
void push_arguments(Environment& environment, core::Vm& vm, lua_State* co,
                    std::span<const napi_value> arguments, std::string_view root);

// Pushes what the JSON text says, as push_arguments does for the value itself.
void push_json_argument(Environment& environment, core::Vm& vm, lua_State* co, napi_value text);

// One value for another thread.
core::Value copy_value(Environment& environment, napi_value value, std::string_view root);

// Pushes copied values; raises inside a protected call. False: memory is short, nothing was pushed.
bool push_values(core::Vm& vm, lua_State* co, const core::Values& values);

// The value at `index` of `L` (any coroutine that is not running, or the one that called a host function).
// Throws LUA_CONVERT with a path that begins with `name`; ends early with LUA_TIMEOUT or LUA_ABORTED when the
// run is killed meanwhile.
napi_value to_js(Environment& environment, core::Run& run, lua_State* L, int index, std::string_view name);

napi_value to_js(Environment& environment, const core::Value& value);

}  // namespace luaskills::node
