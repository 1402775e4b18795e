// The Lua face of the JSON converter: encode, decode, null, object, array.
#pragma once

#include "lua_api.h"

namespace luaskills::core {

// Pushes a new library table. May raise.
void push_json_library(lua_State* L);

}  // namespace luaskills::core
