// LuaJIT's internal headers, for the few places where the public Lua API is too slow or does not reach.
//
// Everything declared in them may change with the pinned LuaJIT, so nothing outside native/core includes this
// file. The archive is not amalgamated, which keeps the LJ_FUNC symbols linkable. Sources that include this
// file must be compiled with the defines LuaJIT itself was built with (LUAJIT_ENABLE_CHECKHOOK,
// LUAJIT_ENABLE_LUA52COMPAT, and in debug builds LUA_USE_ASSERT, LUA_USE_APICHECK, LUAJIT_USE_SYSMALLOC).
#pragma once

// What LuaJIT's headers include themselves: first and outside `extern "C"`, because they hold templates in
// C++.
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern "C" {
#include "lauxlib.h"
#include "lj_def.h"
// The C version has a void and an int branch, which C++ refuses.
#ifdef lj_assert_check
#undef lj_assert_check
#define lj_assert_check(g, c, ...) \
  ((c) ? (void)0 : (void)lj_assert_fail((g), __FILE__, __LINE__, __func__, __VA_ARGS__))
#endif
#include "lj_obj.h"
// lj_obj.h comes first: the others rely on its types.
#include "lj_bcdump.h"
#include "lj_buf.h"
#include "lj_cdata.h"
#include "lj_ctype.h"
#include "lj_dispatch.h"
#include "lj_err.h"
#include "lj_ff.h"
#include "lj_frame.h"
#include "lj_gc.h"
#include "lj_jit.h"
#include "lj_meta.h"
#include "lj_state.h"
#include "lj_str.h"
#include "lj_strscan.h"
#include "lj_tab.h"
#include "lj_udata.h"
#include "lj_vm.h"
#include "lua.h"
#include "luajit.h"
#include "lualib.h"
}
