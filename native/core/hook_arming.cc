#include "hook_arming.h"

#include "luajit_internals.h"
#include "shared_word.h"

namespace luaskills::core {
namespace {

// lj_dispatch.c keeps its mode bits to itself: this is DISPMODE_INS, "instruction dispatch is overridden".
constexpr std::uint8_t kDispatchModeInstruction = 0x04;

// lj_trace_abort(), which does not compile as C++.
void abort_recording(global_State* g) {
  jit_State* recorder = G2J(g);
  recorder->state = static_cast<TraceState>(static_cast<int>(recorder->state) & ~LJ_TRACE_ACTIVE);
}

void point_dispatch_at_hooks(global_State* g) {
  // The recorder's routine looks at hooks as well; the plain hook routine would starve a recording in
  // progress.
  ASMFunction* dispatch = G2GG(g)->dispatch;
  for (int i = 0; i < GG_LEN_SDISP; i++) store_relaxed(dispatch[i], &lj_vm_record);
}

}  // namespace

void hook_prepare(lua_State* L, lua_Hook hook) {
  // LuaJIT's own handler of failed finalizers writes to stderr, which belongs to the host; killed ones would
  // fill it.
  G(L)->vmevmask = 0;
  lua_sethook(L, hook, LUA_MASKCOUNT, 1);
  hook_disarm(L);
}

void hook_arm(lua_State* L) {
  global_State* g = G(L);
  store_relaxed(g->hookcount, 1);
  set_bits(g->hookmask, LUA_MASKCOUNT);
  point_dispatch_at_hooks(g);
}

void hook_arm_everywhere(lua_State* L) {
  clear_bits(G(L)->hookmask, HOOK_ACTIVE);
  hook_arm(L);
}

void hook_disarm(lua_State* L) {
  global_State* g = G(L);
  clear_bits(g->hookmask, LUA_MASKCOUNT);
  g->hookcstart = 1;
  g->dispatchmode |= kDispatchModeInstruction;  // so that the update sees a change and rebuilds the table
  lj_dispatch_update(g);
}

void hook_enter_kill(lua_State* L) {
  global_State* g = G(L);
  g->hookcstart = 1;
  store_relaxed(g->hookcount, 1);
  clear_bits(g->hookmask, HOOK_ACTIVE);
}

void hook_mark_active(lua_State* L) {
  set_bits(G(L)->hookmask, HOOK_ACTIVE);
}

void hook_set_events(lua_State* L, int mask) {
  global_State* g = G(L);
  constexpr int kEvents = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE;
  clear_bits(g->hookmask, kEvents);
  set_bits(g->hookmask, static_cast<std::uint8_t>(mask & kEvents));
  abort_recording(g);
  lj_dispatch_update(g);
}

void hook_set_count(lua_State* L, std::int32_t count) {
  global_State* g = G(L);
  g->hookcstart = count;
  store_relaxed(g->hookcount, count);
  set_bits(g->hookmask, LUA_MASKCOUNT);
  abort_recording(g);
  lj_dispatch_update(g);
}

bool can_yield_to(lua_State* root, lua_State* L) {
  if (root == nullptr) return false;
  for (lua_State* co = root;;) {
    if (!cframe_canyield(co->cframe)) return false;
    if (co == L) return true;
    const GCfunc* fn = curr_func(co);
    if (fn->c.ffid != FF_coroutine_resume) return false;
    if (co->top <= co->base || !tvisthread(co->base)) return false;
    co = threadV(co->base);
  }
}

}  // namespace luaskills::core
