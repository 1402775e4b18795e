// The path to a value inside nested tables, put into words only when an error needs it: `result.items[3].cb`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "luajit_internals.h"

namespace luaskills::core {

// Appends the step to the array element with Lua's (1-based) index: `[3]`.
void append_index_step(std::string& path, std::uint32_t index);
// Appends the step to a key: `.cb` for an identifier, else `["any text"]`, `[1.5]`, `[true]`, `[table]`.
void append_key_step(std::string& path, const TValue* key);

}  // namespace luaskills::core
