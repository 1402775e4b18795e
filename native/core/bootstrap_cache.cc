#include "bootstrap_cache.h"

#include <utility>

#include "luajit_internals.h"

namespace luaskills::core {
namespace {

// What messages about wrong arguments say of the functions that bootstrap/*.lua wraps.
constexpr std::uint32_t kWithNames = 0;
// Names and lines would be two thirds of each VM's copy.
constexpr std::uint32_t kWithoutNames = BCDUMP_F_STRIP;

}  // namespace

void BootstrapCache::push(lua_State* L, std::string_view source) {
  push(L, source, kWithNames);
}

void BootstrapCache::push(lua_State* L, std::string_view source, std::uint32_t dump_flags) {
  const std::string& bytecode = compiled(L, source, dump_flags);
  if (luaL_loadbufferx(L, bytecode.data(), bytecode.size(), kChunkName, "b") != 0) lua_error(L);
}

const std::string& BootstrapCache::compiled(lua_State* L, std::string_view source, std::uint32_t dump_flags) {
  {
    std::lock_guard guard(lock_);
    const auto found = bytecode_.find(source.data());
    if (found != bytecode_.end()) return found->second;  // entries are never erased
  }
  if (luaL_loadbufferx(L, source.data(), source.size(), kChunkName, "t") != 0) lua_error(L);
  std::string bytecode;
  const auto append = [](lua_State*, const void* data, std::size_t size, void* out) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
    return 0;
  };
  lj_bcwrite(L, funcproto(funcV(L->top - 1)), append, &bytecode, dump_flags);
  lua_pop(L, 1);
  std::lock_guard guard(lock_);
  return bytecode_.try_emplace(source.data(), std::move(bytecode)).first->second;
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
  push(L, source, kWithoutNames);
}

}  // namespace luaskills::core
