#include "guards.h"

#include "luajit_internals.h"

namespace luaskills::core {
namespace {

bool is_empty(const GCtab* table) {
  return table->asize == 0 && table->hmask == 0 && tvisnil(&noderef(table->node)->val);
}

}  // namespace

void Guards::add_table(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  const auto* table = static_cast<const GCtab*>(lua_topointer(L, index));
  if (!is_empty(table)) luaL_error(L, "only an empty table can be guarded");
  lua_pushvalue(L, index);
  luaL_ref(L, LUA_REGISTRYINDEX);
  tables_.push_back({table, tabref(table->metatable)});
}

void Guards::add_global(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TSTRING);
  lua_pushvalue(L, LUA_GLOBALSINDEX);
  auto* globals = static_cast<GCtab*>(const_cast<void*>(lua_topointer(L, -1)));
  lua_pushvalue(L, index);
  lua_rawget(L, -2);
  luaL_checktype(L, -1, LUA_TTABLE);
  const void* value = lua_topointer(L, -1);
  for (const int anchored : {index, -2, -1}) {
    lua_pushvalue(L, anchored);
    luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_pop(L, 2);
  globals_.push_back({globals, strV(L->base + index - 1), value});
}

bool Guards::intact() const {
  for (const Table& guarded : tables_) {
    if (!is_empty(guarded.table) || tabref(guarded.table->metatable) != guarded.metatable) return false;
  }
  for (const Global& guarded : globals_) {
    cTValue* value = lj_tab_getstr(guarded.globals, guarded.name);
    if (value == nullptr || !tvistab(value) || tabV(value) != guarded.value) return false;
  }
  return true;
}

}  // namespace luaskills::core
