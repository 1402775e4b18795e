// Values between Lua stacks and Value, for everything that does not go straight to JavaScript.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json.h"
#include "lua_api.h"
#include "value.h"

namespace luaskills::core {

// Pushes the value. May raise "not enough memory"; raises a message with the offset when JSON text is
// malformed.
void push_value(lua_State* L, const Value& value);

// Copies the value at `index`. On anything but kOk the error says where and why; `name` is the first step of
// its path.
JsonStatus take_value(lua_State* L, int index, std::string_view name, const std::atomic<std::uint32_t>* stop,
                      Value& value, JsonError& error);

// What take_value() refuses, for functions that judge their arguments themselves: the bytes of a string, or
// the type of a value that is no table.
std::optional<Value> take_uncrossable(lua_State* L, int index);

// "args[2]", the first step of the path of the value at 1-based `position`.
std::string path_step(std::string_view name, int position);

// "result.items[3].cb: cannot convert function"
std::string describe(const JsonError& error);

}  // namespace luaskills::core
