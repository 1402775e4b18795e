#include "bootstrap_cache.h"

namespace luaskills::core {

void BootstrapCache::push(lua_State* L, std::string_view source) {
  const std::string* cached = nullptr;
  {
    std::lock_guard guard(lock_);
    const auto found = bytecode_.find(source.data());
    if (found != bytecode_.end()) cached = &found->second;  // entries are never erased
  }
  if (cached != nullptr) {
    if (luaL_loadbufferx(L, cached->data(), cached->size(), kChunkName, "b") != 0) lua_error(L);
    return;
  }
  if (luaL_loadbufferx(L, source.data(), source.size(), kChunkName, "t") != 0) lua_error(L);
  std::string bytecode;
  const auto append = [](lua_State*, const void* data, std::size_t size, void* out) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
    return 0;
  };
  if (lua_dump(L, append, &bytecode) != 0) return;
  std::lock_guard guard(lock_);
  bytecode_.try_emplace(source.data(), std::move(bytecode));
}

}  // namespace luaskills::core
