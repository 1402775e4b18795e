#include "json_library.h"

#include <cstdarg>
#include <string>
#include <string_view>

#include "crossing.h"
#include "json.h"
#include "memory_limit.h"
#include "vm.h"

namespace luaskills::core {
namespace {

// Like luaL_error, but without a position: the message begins with the function, as those of all host
// functions do.
[[noreturn]] void refuse(lua_State* L, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  raise(L);
}

bool option(lua_State* L, int index, const char* function, const char* name, bool otherwise) {
  if (lua_isnoneornil(L, index)) return otherwise;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, name);
  const int type = lua_type(L, -1);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
    refuse(L, "json.%s: options.%s must be a boolean, got %s", function, name, luaL_typename(L, -1));
  }
  const bool value = type == LUA_TNIL ? otherwise : lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return value;
}

// 64-bit integers are cdata, which LuaJIT knows once the ffi library is open. A safe VM never opens it.
void open_ffi(lua_State* L) {
  if (MemoryLimit::owner_of(L)->has_safe_libraries()) return;
  lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(L, -1, LUA_FFILIBNAME);
  if (lua_isnil(L, -1)) {
    lua_pushcfunction(L, &luaopen_ffi);
    lua_call(L, 0, 0);
  }
  lua_pop(L, 2);
}

// json.encode(value [, {sorted = boolean}]): keys in byte order, as people see them, unless `sorted` is
// false.
int encode(lua_State* L) {
  luaL_checkany(L, 1);
  const bool sorted = option(L, 2, "encode", "sorted", true);
  bool failed = false;
  {
    TextBuffer text;
    JsonError error;
    JsonWriteOptions options;
    options.sort_keys = sorted;
    options.stop = MemoryLimit::owner_of(L)->run().stop_flag();
    failed = json_write(L, 1, text, options, error) != JsonStatus::kOk;
    const std::string message = failed ? "json.encode: " + describe(error) : std::string();
    const std::string_view result = failed ? std::string_view(message) : text.view();
    lua_pushlstring(L, result.data(), result.size());
  }
  return failed ? lua_error(L) : 1;
}

// json.decode(text [, {null = boolean, int64 = boolean}])
int decode(lua_State* L) {
  if (lua_type(L, 1) != LUA_TSTRING) {
    refuse(L, "json.decode: text must be a string, got %s", luaL_typename(L, 1));
  }
  JsonReadOptions options;
  options.keep_null = option(L, 2, "decode", "null", false);
  options.mark_empty = options.keep_null;
  options.int64 = option(L, 2, "decode", "int64", false);
  if (options.int64) open_ffi(L);
  std::size_t length = 0;
  const char* text = lua_tolstring(L, 1, &length);
  bool failed = false;
  {
    JsonError error;
    failed = json_read(L, {text, length}, options, error) != JsonStatus::kOk;
    if (failed) {
      const std::string message =
          "json.decode: " + error.message + " at byte " + std::to_string(error.offset);
      lua_pushlstring(L, message.data(), message.size());
    }
  }
  return failed ? lua_error(L) : 1;
}

// json.object([table]), json.array([table]): a marked copy of the table, or a new one; members are shared.
template <void (*mark)(lua_State*, int)>
int marked(lua_State* L) {
  const bool given = !lua_isnoneornil(L, 1);
  if (given && lua_type(L, 1) != LUA_TTABLE) {
    refuse(L, "json.%s: t must be a table, got %s", mark == &json_mark_object ? "object" : "array",
           luaL_typename(L, 1));
  }
  lua_settop(L, 1);
  lua_createtable(L, given ? static_cast<int>(lua_objlen(L, 1)) : 0, 0);
  if (given) {
    lua_pushnil(L);
    while (lua_next(L, 1) != 0) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, 2);
    }
  }
  mark(L, 2);
  return 1;
}

}  // namespace

void push_json_library(lua_State* L) {
  lua_createtable(L, 0, 5);
  lua_pushcfunction(L, &encode);
  lua_setfield(L, -2, "encode");
  lua_pushcfunction(L, &decode);
  lua_setfield(L, -2, "decode");
  lua_pushcfunction(L, &marked<json_mark_object>);
  lua_setfield(L, -2, "object");
  lua_pushcfunction(L, &marked<json_mark_array>);
  lua_setfield(L, -2, "array");
  lua_pushlightuserdata(L, kJsonNull);
  lua_setfield(L, -2, "null");
}

}  // namespace luaskills::core
