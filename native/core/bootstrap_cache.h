// The bytecode of our own Lua files, compiled once per environment and shared by its VMs.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "lua_api.h"

namespace luaskills::core {

class BootstrapCache {
 public:
  // Chunk name of every file of ours; its frames are left out of tracebacks.
  static constexpr const char* kChunkName = "=[luaskills]";

  // Pushes the compiled chunk. May raise. `source` must live as long as the cache: it is the key.
  void push(lua_State* L, std::string_view source);

  // Takes in the text of a file that comes with the TypeScript half; returns its number.
  std::size_t add(std::string source);
  // Pushes that file's compiled chunk, without names of variables and numbers of lines. May raise. Any
  // thread.
  void push(lua_State* L, std::size_t number);

 private:
  void push(lua_State* L, std::string_view source, std::uint32_t dump_flags);
  const std::string& compiled(lua_State* L, std::string_view source, std::uint32_t dump_flags);

  std::mutex lock_;  // guards the members below
  std::map<const char*, std::string> bytecode_;
  std::deque<std::string> added_;  // never moves what it holds
};

}  // namespace luaskills::core
