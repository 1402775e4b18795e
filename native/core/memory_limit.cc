#include "memory_limit.h"

#include <limits>

#include "luajit_internals.h"

namespace luaskills::core {

MemoryLimit::MemoryLimit(lua_State* L, std::size_t limit, Vm* owner)
    : L_(L),
      allocate_(lua_getallocf(L, &arena_)),
      limit_(limit == 0 ? std::numeric_limits<std::size_t>::max() : limit),
      pressure_(limit_ / 8 * 7) {
  lua_setexdata2(L, owner);
  if (limit != 0) lua_setallocf(L, &MemoryLimit::allocate, this);
}

void* MemoryLimit::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto* limit = static_cast<MemoryLimit*>(self);
  if (new_size > old_size) {
    GCState& gc = G(limit->L_)->gc;
    const std::size_t total = gc.total - old_size + new_size;
    if (total > limit->pressure_) [[unlikely]] {
      if (total > limit->limit_) {
        limit->exceeded_ = true;
        return nullptr;
      }
      // A running cycle works on every allocation, so that it ends in time; the next one starts when half of
      // what is left is used up. Starting it at once would collect without end while little can be freed.
      const std::size_t start = gc.state == GCSpause ? total + (limit->limit_ - total) / 2 : total;
      if (gc.threshold != LJ_MAX_MEM && gc.threshold > start) gc.threshold = start;
    }
  }
  return limit->allocate_(limit->arena_, block, old_size, new_size);
}

}  // namespace luaskills::core
