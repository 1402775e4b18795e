// Interrupting a running VM from another thread.
//
// Compiled code looks at the hook mask (LUAJIT_ENABLE_CHECKHOOK), interpreted code at the dispatch table.
// lua_sethook() writes both but also touches the trace recorder and the dispatch mode, which races with the
// VM thread. This is the routine that held in experiments: the arming thread uses atomic stores only and
// leaves recorder and dispatch mode alone; the VM thread disarms. LuaJIT's own updates of the mask are not
// atomic, so an arming can be lost: whoever arms repeats it until the run has ended.
#pragma once

#include <cstdint>

#include "lua_api.h"

namespace luaskills::core {

// VM thread, once per VM: installs `hook` with a clear mask, so that arming only has to set bits.
void hook_prepare(lua_State* L, lua_Hook hook);

// Any thread: `hook` runs at the VM's next instruction (and at every one after, until disarmed).
void hook_arm(lua_State* L);

// Any thread: as hook_arm(), and lets the hook in where LuaJIT disables hooks (finalizers, inside other
// hooks).
void hook_arm_everywhere(lua_State* L);

// VM thread: back to full speed.
void hook_disarm(lua_State* L);

// VM thread, inside the hook, before raising: the hook fires again at the next instruction of whatever code
// catches the error.
void hook_enter_kill(lua_State* L);

// VM thread, inside the hook, while nobody arms: undoes what hook_arm_everywhere() did to the hook that is
// running.
void hook_mark_active(lua_State* L);

// VM thread: the hook also runs at these events (LUA_MASKCALL, LUA_MASKRET, LUA_MASKLINE); others are
// switched off. Leaves the count alone.
void hook_set_events(lua_State* L, int mask);

// VM thread: the hook runs after `count` more instructions, and every `count` from then on.
void hook_set_count(lua_State* L, std::int32_t count);

// VM thread: true when a yield in `L` reaches the end of the resume of `root`: no C function stands between
// any of the coroutines on the way. Follows the chain by the thread that a frame of coroutine.resume keeps in
// its first slot.
bool can_yield_to(lua_State* root, lua_State* L);

}  // namespace luaskills::core
