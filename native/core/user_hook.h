// debug.sethook and debug.gethook for Lua code, beside the runtime's own use of the one hook a VM has.
#pragma once

#include "lua_api.h"

namespace luaskills::core {

// What Lua code asked for. The installed hook stays the runtime's (Run::on_hook), which passes events on to
// here. It is forgotten when the run ends. Preempting a run restarts the instruction count of its own hook.
class UserHook {
 public:
  // Fills the debug library at the top of the stack. May raise.
  static void install(lua_State* L);

  [[nodiscard]] bool counts() const { return (mask_ & LUA_MASKCOUNT) != 0; }

  // Calls the Lua function. Raises what it raises.
  void call(lua_State* L, const lua_Debug& event) const;
  // After the runtime disarmed: the count goes on.
  void resume_counting(lua_State* L) const;
  // VM thread, outside the hook.
  void clear(lua_State* L);

 private:
  static int set(lua_State* L);
  static int get(lua_State* L);

  int function_ = LUA_NOREF;  // registry reference
  int mask_ = 0;              // LUA_MASK…
  int count_ = 0;
};

}  // namespace luaskills::core
