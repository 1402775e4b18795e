// The public Lua C API, for C++.
#pragma once

#include <cstdlib>

extern "C" {
#include "lauxlib.h"
#include "lua.h"
#include "luajit.h"
#include "lualib.h"
}

// The event that the patched string and table libraries report from inside their long loops (native/patches).
// The hook may raise there, but must not yield: a C function is on top of the stack.
#ifndef LUASKILLS_HOOKPOLL
#error "LuaJIT was not patched: run scripts/vendor-luajit.mjs"
#endif

namespace luaskills::core {

// lua_error() does not return, which its declaration does not say.
[[noreturn]] inline void raise(lua_State* L) {
  lua_error(L);
  std::abort();
}

}  // namespace luaskills::core
