// The bytecode of our own Lua files, compiled once per environment and shared by its VMs.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "lua_api.h"

namespace luaskills::core {

class BootstrapCache {
 public:
  // Chunk name of every bootstrap file; its frames are left out of tracebacks.
  static constexpr const char* kChunkName = "=[luaskills]";

  // Pushes the compiled chunk. May raise. `source` must live as long as the cache: it is the key.
  void push(lua_State* L, std::string_view source);

 private:
  std::mutex lock_;  // guards bytecode_
  std::map<const char*, std::string> bytecode_;
};

}  // namespace luaskills::core
