// Calling code that may raise a Lua error, from C++ that is not running inside Lua.
#pragma once

#include <type_traits>

#include "luajit_internals.h"
#include "shared_word.h"

namespace luaskills::core {

// Runs `body()` so that a Lua error inside it (most often "not enough memory") comes back as a status with
// the error value on top of L's stack, instead of reaching the panic handler. Cheaper than lua_cpcall(),
// which allocates a closure. Raise on `L` only: allocating through another coroutine that is not running
// would still panic.
template <typename Body>
[[nodiscard]] int protected_call(lua_State* L, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  global_State* g = G(L);
  const bool in_hook = (load_relaxed(g->hookmask) & HOOK_ACTIVE) != 0;
  const int status = lj_vm_cpcall(L, nullptr, const_cast<std::remove_const_t<Plain>*>(&body),
                                  [](lua_State*, lua_CFunction, void* context) -> TValue* {
                                    (*static_cast<Plain*>(context))();
                                    return nullptr;
                                  });
  // An error raised inside a hook leaves "hook active" set, and no hook would ever run again.
  if (status != 0 && !in_hook) clear_bits(g->hookmask, HOOK_ACTIVE);
  return status;
}

}  // namespace luaskills::core
