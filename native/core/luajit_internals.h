// LuaJIT's own headers, public and internal. Only files that must reach below the Lua C API include this.
#pragma once

extern "C" {
#include "lauxlib.h"
#include "lj_cdata.h"
#include "lj_ctype.h"
#include "lj_dispatch.h"
#include "lj_ff.h"
#include "lj_frame.h"
#include "lj_gc.h"
#include "lj_jit.h"
#include "lj_meta.h"
#include "lj_obj.h"
#include "lj_state.h"
#include "lj_str.h"
#include "lj_tab.h"
#include "lj_vm.h"
#include "lua.h"
#include "luajit.h"
#include "lualib.h"
}
