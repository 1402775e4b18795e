#include "json_marks.h"

#include "json.h"
#include "luajit_internals.h"

namespace luaskills::core {

namespace {

// Only their addresses count: registry keys.
const char kObjectKey = 'o';
const char kArrayKey = 'a';

void* key_address(const char& key) {
  return const_cast<char*>(&key);
}

void register_mark(lua_State* L, const char& key, const char* name) {
  lua_pushlightuserdata(L, key_address(key));
  lua_createtable(L, 0, 1);
  // What getmetatable() shows instead of a table that every skill in the VM would share.
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable");
  lua_rawset(L, LUA_REGISTRYINDEX);
}

void set_mark(lua_State* L, int index, const char& key) {
  if (index < 0 && index > LUA_REGISTRYINDEX) index = lua_gettop(L) + index + 1;
  lua_pushlightuserdata(L, key_address(key));
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_setmetatable(L, index);
}

const GCtab* find_mark(lua_State* L, const char& key) {
  TValue address;
  setrawlightudV(&address, lj_lightud_intern(L, key_address(key)));
  cTValue* found = lj_tab_get(L, tabV(registry(L)), &address);
  return tvistab(found) ? tabV(found) : nullptr;
}

}  // namespace

void json_open(lua_State* L) {
  luaL_checkstack(L, 4, "no room for the JSON marks");
  register_mark(L, kObjectKey, "json.object");
  register_mark(L, kArrayKey, "json.array");
}

void json_mark_object(lua_State* L, int index) {
  set_mark(L, index, kObjectKey);
}

void json_mark_array(lua_State* L, int index) {
  set_mark(L, index, kArrayKey);
}

JsonMarks json_marks(lua_State* L) {
  return {find_mark(L, kObjectKey), find_mark(L, kArrayKey)};
}

}  // namespace luaskills::core
