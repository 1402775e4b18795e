// A LuaJIT VM that can be limited, interrupted and moved between threads. One thread uses it at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bootstrap_cache.h"
#include "failure.h"
#include "guards.h"
#include "host_bridge.h"
#include "lua_api.h"
#include "memory_limit.h"
#include "run.h"
#include "user_hook.h"

namespace luaskills::core {

struct VmOptions {
  std::size_t memory_limit = 0;  // bytes; 0: none
  bool safe_libraries = false;   // only what cannot reach the host
  bool jit = true;
};

// A Lua function that outlives the run it came from.
struct FunctionHandle {
  int function = LUA_NOREF;  // registry reference
  int environment =
      LUA_NOREF;  // registry reference of the coroutine's environment; LUA_NOREF: the VM's globals
  bool owns_environment = false;  // released with the function
  bool start_on_lane = false;     // it once overran its budget where it could not be preempted
};

class Vm {
 public:
  // Nullptr when there is not enough memory.
  static std::unique_ptr<Vm> open(const VmOptions& options, HostBridge& host, BootstrapCache& bootstrap);
  ~Vm();
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;

  [[nodiscard]] lua_State* state() const { return L_; }
  [[nodiscard]] Run& run() { return run_; }
  [[nodiscard]] UserHook& user_hook() { return user_hook_; }
  [[nodiscard]] Guards& guards() { return guards_; }
  [[nodiscard]] HostBridge& host() { return host_; }
  [[nodiscard]] std::size_t memory_used() const;

  // True once a run was killed, memory ran out or something guarded was changed: what the Lua code left
  // behind cannot be trusted.
  [[nodiscard]] bool is_broken() const { return broken_ || tampered_ || memory_.exceeded(); }
  [[nodiscard]] bool ran_out_of_memory() const { return memory_.exceeded(); }
  void mark_broken() { broken_ = true; }

  [[nodiscard]] bool has_safe_libraries() const { return safe_libraries_; }
  [[nodiscard]] bool jit() const { return jit_; }
  void set_default_jit(bool on);

  // The coroutine for the next run, made if needed. Nullptr: no memory.
  lua_State* coroutine();
  // After a run that did not return: the next one gets a new coroutine.
  void retire_coroutine() { coroutine_ = nullptr; }
  // After a run that ran out of memory: lets go of all it held, so that the VM can be used again.
  void reclaim_memory();
  // Switches the globals that the coroutine's dofile, loadfile and load give to chunks. LUA_NOREF: the VM's
  // own.
  void set_coroutine_environment(int environment);
  [[nodiscard]] int coroutine_environment() const { return coroutine_environment_; }

  // Leaves the compiled chunk (text only) on top of state().
  bool compile(std::string_view code, const std::string& chunk_name, Failure& failure);
  // The registry reference of the environment called `name`: reads fall through to the VM's globals, writes
  // stay in it.
  std::optional<int> environment(const std::string& name, Failure& failure);
  // Pops the value on top of `from` and anchors it. May raise.
  int anchor(lua_State* from) { return luaL_ref(from, LUA_REGISTRYINDEX); }
  // Any thread: dropped when the VM is next used.
  void release_later(int reference);
  void release_pending();

  // Pushes the value at a dotted path of globals ("app.lookup"), or what our own files exported ("=name");
  // nil when any step is missing. May raise.
  void push_path(lua_State* L, std::string_view path);
  // Sets the value on top of L at the path, making tables on the way; pops it. Raises when a step is not a
  // table.
  void store_path(lua_State* L, std::string_view path);
  // Pushes the Lua function that stands for host function `function`. May raise.
  void push_host_function(lua_State* L, std::uint32_t function);

  // Pushes the compiled file of ours. May raise.
  void push_own_chunk(lua_State* L, std::size_t number) { bootstrap_.push(L, number); }
  // Exports, as "=toolbox", what Lua files of ours need from C: `chunk(number)` returns a compiled file,
  // `load(text, name, environment)` compiles a text, `functions(group)` a table of host functions, `json()` a
  // JSON library; `export(name, value)` shows a value to push_path() as `=name`; `guard(table)` and
  // `guard_global(name)` register what no run may change. May raise.
  void export_toolbox(lua_State* L);
  // True once a run changed a guarded table or global.
  [[nodiscard]] bool is_tampered() const { return tampered_; }

  void push_system_mark(lua_State* L);
  void push_failure_mark(lua_State* L);
  int push_yield_outside_coroutine(lua_State* co);

  // After a run: collector running, compiler as it was set, globals the VM's own; looks at what is guarded.
  void restore_defaults();

 private:
  Vm(lua_State* L, const VmOptions& options, HostBridge& host, BootstrapCache& bootstrap);
  void install(const VmOptions& options);

  lua_State* L_;
  MemoryLimit memory_;
  HostBridge& host_;
  Run run_;
  UserHook user_hook_;
  lua_State* coroutine_ = nullptr;
  int coroutine_environment_ = LUA_NOREF;
  const void* coroutine_globals_ = nullptr;  // the table that coroutine_environment_ stands for
  int globals_ = LUA_NOREF;
  const void* globals_table_ = nullptr;
  int make_host_function_ = LUA_NOREF;
  int make_environment_ = LUA_NOREF;
  int outside_message_ = LUA_NOREF;
  std::unordered_map<std::string, int> environments_;
  BootstrapCache& bootstrap_;
  Guards guards_;
  bool safe_libraries_;
  bool jit_;
  bool broken_ = false;
  bool tampered_ = false;

  std::mutex released_lock_;  // guards released_
  std::vector<int> released_;
  std::atomic<bool> has_released_{false};
};

}  // namespace luaskills::core
