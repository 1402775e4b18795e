// A hard memory limit on a VM that keeps LuaJIT's own fast allocator.
#pragma once

#include <cstddef>

#include "lua_api.h"

namespace luaskills::core {

class Vm;

// Wraps the allocator of a state made by luaL_newstate(). The wrapper reads LuaJIT's running total instead of
// counting, which costs nothing measurable. Beyond the limit an allocation fails, which Lua reports as "not
// enough memory". From 7/8 of the limit on, the collector's threshold is pulled down: with its default pause
// garbage alone could exhaust the limit.
class MemoryLimit {
 public:
  // `limit` in bytes; 0 means none, and leaves the allocator as it is. `owner` comes back from owner_of().
  MemoryLimit(lua_State* L, std::size_t limit, Vm* owner);
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  // Before lua_close(): puts the original allocator back, by which LuaJIT recognises its arena.
  void restore() { lua_setallocf(L_, allocate_, arena_); }

  // True from the first refused allocation on.
  [[nodiscard]] bool exceeded() const { return exceeded_; }

  // The Vm of any coroutine of its state. Kept in the states' extra data, which coroutines inherit and Lua
  // code cannot reach, unlike registry or upvalues (the library that could, thread.exdata2, is not offered:
  // bootstrap/loading.lua).
  static Vm* owner_of(lua_State* L) { return static_cast<Vm*>(lua_getexdata2(L)); }

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);

  lua_State* L_;
  lua_Alloc allocate_;
  void* arena_;
  std::size_t limit_;
  std::size_t pressure_;
  bool exceeded_ = false;
};

}  // namespace luaskills::core
