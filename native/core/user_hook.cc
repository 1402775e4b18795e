#include "user_hook.h"

#include <cstring>

#include "hook_arming.h"
#include "memory_limit.h"
#include "vm.h"

namespace luaskills::core {
namespace {

const char* event_name(int event) {
  switch (event) {
    case LUA_HOOKCALL:
      return "call";
    case LUA_HOOKRET:
      return "return";
    case LUA_HOOKLINE:
      return "line";
    case LUA_HOOKTAILRET:
      return "tail return";
    default:
      return "count";
  }
}

}  // namespace

void UserHook::install(lua_State* L) {
  lua_pushcfunction(L, &UserHook::set);
  lua_setfield(L, -2, "sethook");
  lua_pushcfunction(L, &UserHook::get);
  lua_setfield(L, -2, "gethook");
}

// debug.sethook([thread,] [hook, mask [, count]]): the hook is the VM's, whichever thread is named.
int UserHook::set(lua_State* L) {
  const int first = lua_isthread(L, 1) ? 2 : 1;
  UserHook& self = MemoryLimit::owner_of(L)->user_hook();
  if (lua_isnoneornil(L, first)) {
    self.clear(L);
    return 0;
  }
  if (MemoryLimit::owner_of(L)->run().is_counting()) {
    return luaL_error(L, "debug.sethook: not while instructions are counted, hooks would go uncounted");
  }
  luaL_checktype(L, first, LUA_TFUNCTION);
  const char* mask = luaL_checkstring(L, first + 1);
  const int count = luaL_optint(L, first + 2, 0);
  lua_pushvalue(L, first);
  const int function = luaL_ref(L, LUA_REGISTRYINDEX);
  self.clear(L);
  MemoryLimit::owner_of(L)->run().touch();
  self.function_ = function;
  self.count_ = count;
  if (std::strchr(mask, 'c') != nullptr) self.mask_ |= LUA_MASKCALL;
  if (std::strchr(mask, 'r') != nullptr) self.mask_ |= LUA_MASKRET;
  if (std::strchr(mask, 'l') != nullptr) self.mask_ |= LUA_MASKLINE;
  if (count > 0) self.mask_ |= LUA_MASKCOUNT;
  hook_set_events(L, self.mask_);
  self.resume_counting(L);
  return 0;
}

int UserHook::get(lua_State* L) {
  const UserHook& self = MemoryLimit::owner_of(L)->user_hook();
  if (self.function_ == LUA_NOREF) return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, self.function_);
  char mask[4] = {};
  int length = 0;
  if ((self.mask_ & LUA_MASKCALL) != 0) mask[length++] = 'c';
  if ((self.mask_ & LUA_MASKRET) != 0) mask[length++] = 'r';
  if ((self.mask_ & LUA_MASKLINE) != 0) mask[length++] = 'l';
  lua_pushlstring(L, mask, static_cast<std::size_t>(length));
  lua_pushinteger(L, self.count_);
  return 3;
}

void UserHook::call(lua_State* L, const lua_Debug& event) const {
  if (function_ == LUA_NOREF) return;
  lua_rawgeti(L, LUA_REGISTRYINDEX, function_);
  lua_pushstring(L, event_name(event.event));
  if (event.currentline >= 0) {
    lua_pushinteger(L, event.currentline);
  } else {
    lua_pushnil(L);
  }
  lua_call(L, 2, 0);
}

void UserHook::resume_counting(lua_State* L) const {
  if (counts()) hook_set_count(L, count_);
}

void UserHook::clear(lua_State* L) {
  if (function_ == LUA_NOREF) return;
  luaL_unref(L, LUA_REGISTRYINDEX, function_);
  function_ = LUA_NOREF;
  mask_ = 0;
  count_ = 0;
  hook_set_events(L, 0);
}

}  // namespace luaskills::core
