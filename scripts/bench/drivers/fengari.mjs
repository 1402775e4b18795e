import fengari from "fengari";

const { lua, lauxlib, lualib, to_luastring } = fengari;

/** A fengari state (Lua 5.3 written in JavaScript) with the standard libraries. */
export function openFengari() {
  const L = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(L);
  return L;
}

/** Loads a chunk that returns a function of one number to one number or string, and wraps it in a JS function. */
export function loadFengari(L, code) {
  if (lauxlib.luaL_dostring(L, to_luastring(code)) !== lua.LUA_OK) throw new Error(lua.lua_tojsstring(L, -1));
  const reference = lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
  return n => {
    lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, reference);
    lua.lua_pushnumber(L, n);
    if (lua.lua_pcall(L, 1, 1, 0) !== lua.LUA_OK) throw new Error(lua.lua_tojsstring(L, -1));
    const result = lua.lua_isnumber(L, -1) ? lua.lua_tonumber(L, -1) : lua.lua_tojsstring(L, -1);
    lua.lua_pop(L, 1);
    return result;
  };
}
