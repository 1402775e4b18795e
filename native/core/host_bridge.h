// What the core asks of the layer that owns the host functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lua_api.h"

namespace luaskills::core {

class Vm;

class HostBridge {
 public:
  virtual ~HostBridge() = default;

  // The body of the Lua function that stands for host function `function`: arguments are on `L`. Returns the
  // number of results, raises, or yields by `return vm.run().yield_for(...)`.
  virtual int call(lua_State* L, Vm& vm, std::uint32_t function) = 0;

  // Pushes a table with the functions of a group. May raise.
  virtual void push_functions(lua_State* L, Vm& vm, std::size_t group) = 0;

  // The instruction hook's listener is due. True when it could run on this thread.
  virtual bool tick_here(Vm& vm) = 0;
  // As above where neither this thread can run it nor the coroutine can yield: waits until it ran.
  virtual void tick_blocking(Vm& vm) = 0;
};

}  // namespace luaskills::core
