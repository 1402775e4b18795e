// Tables and globals that no run may change: looked at after every run, so looking is a few loads per table.
#pragma once

#include <vector>

#include "lua_api.h"

struct GCtab;
struct GCstr;

namespace luaskills::core {

class Guards {
 public:
  // Guards the empty table at `index`: it must stay empty and keep its metatable. May raise.
  void add_table(lua_State* L, int index);
  // Guards the global whose name is at `index` (counted from the bottom): it must keep its value. May raise.
  void add_global(lua_State* L, int index);

  [[nodiscard]] bool intact() const;

 private:
  struct Table {
    const GCtab* table;
    const void* metatable;
  };
  struct Global {
    GCtab* globals;
    GCstr* name;
    const void* value;
  };

  // What they point to is anchored in the registry for the life of the VM.
  std::vector<Table> tables_;
  std::vector<Global> globals_;
};

}  // namespace luaskills::core
