// The two metatables that tell an empty JSON object from an empty JSON array in Lua.
#pragma once

struct lua_State;
struct GCtab;

namespace luaskills::core {

struct JsonMarks {
  const GCtab* object = nullptr;
  const GCtab* array = nullptr;
};

// The metatables that json_open() registered. Neither allocates nor raises after that; null pointers before.
JsonMarks json_marks(lua_State* L);

}  // namespace luaskills::core
