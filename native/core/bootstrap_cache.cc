#include "bootstrap_cache.h"

#include <utility>

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

std::size_t BootstrapCache::add(std::string source) {
  std::lock_guard guard(lock_);
  added_.push_back(std::move(source));
  return added_.size() - 1;
}

void BootstrapCache::push(lua_State* L, std::size_t number) {
  std::string_view source;
  {
    std::lock_guard guard(lock_);
    if (number < added_.size()) source = added_[number];
  }
  if (source.data() == nullptr) luaL_error(L, "there is no chunk of this number");
  push(L, source);
}

}  // namespace luaskills::core
