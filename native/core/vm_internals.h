// Small windows into LuaJIT's global state that its C API does not offer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lua_api.h"

namespace luaskills::core {

// Bytes that LuaJIT's collector accounts for. Any thread; a value a moment old.
std::size_t memory_in_use(lua_State* L);

// True between collectgarbage("stop") and "restart", and inside finalizers.
// The collector was stopped, or its pace changed: collectgarbage("setpause", 1e6) comes to the same.
bool collector_is_changed(lua_State* L);
void restart_collector(lua_State* L);

bool jit_is_on(lua_State* L);
// Switches the compiler. `flush` also drops compiled traces: code compiled earlier would otherwise go on
// running compiled.
void set_jit(lua_State* L, bool on, bool flush);

// Makes closing safe for a VM whose finalizers cannot be trusted to end: finalizers that run Lua code are
// dropped (LuaJIT runs them with hooks disabled, so nothing could stop them), those of files, buffers, C
// libraries and C modules stay.
void detach_lua_finalizers(lua_State* L);

// Finalizers wait while nothing could end them: outside runs (patch 0005).
void hold_finalizers(lua_State* L, bool hold);

// While it exists finalizers run if `allowed`.
class FinalizersMayRun {
 public:
  FinalizersMayRun(lua_State* L, bool allowed) : L_(L) { hold_finalizers(L_, !allowed); }
  ~FinalizersMayRun() { hold_finalizers(L_, true); }
  FinalizersMayRun(const FinalizersMayRun&) = delete;
  FinalizersMayRun& operator=(const FinalizersMayRun&) = delete;

 private:
  lua_State* L_;
};

// Calls from C functions into Lua fail below this address; 0: never (patch 0006).
void set_c_stack_limit(lua_State* L, std::uintptr_t address);

// The globals table of a thread, for comparison: setfenv(0, t) replaces it.
const void* globals_of(lua_State* L);

}  // namespace luaskills::core
