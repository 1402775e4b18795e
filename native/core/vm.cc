#include "vm.h"

#include <iterator>
#include <new>
#include <stdexcept>
#include <utility>

#include "bootstrap.h"
#include "describe_failure.h"
#include "hook_arming.h"
#include "json.h"
#include "json_library.h"
#include "protected_call.h"
#include "vm_internals.h"

namespace luaskills::core {
namespace {

// Addresses that Lua code cannot make: first values of a yield or of its answer (bootstrap/coroutines.lua).
const char kYieldMark = 'y';
const char kSystemMark = 's';
const char kFailureMark = 'f';
// Key of the registry: what our own files exported.
const char kExports = 'e';

void push_mark(lua_State* L, const char& mark) {
  lua_pushlightuserdata(L, const_cast<char*>(&mark));
}

int is_root_coroutine(lua_State* L) {
  lua_pushboolean(L, lua_tothread(L, 1) == MemoryLimit::owner_of(L)->run().coroutine());
  return 1;
}

int call_host_function(lua_State* L) {
  Vm& vm = *MemoryLimit::owner_of(L);
  return vm.host().call(L, vm, static_cast<std::uint32_t>(lua_tointeger(L, lua_upvalueindex(1))));
}

int chunk_of_number(lua_State* L) {
  const lua_Integer number = luaL_checkinteger(L, 1);
  MemoryLimit::owner_of(L)->push_own_chunk(L, static_cast<std::size_t>(number));
  return 1;
}

int functions_of_group(lua_State* L) {
  const lua_Integer group = luaL_checkinteger(L, 1);
  Vm& vm = *MemoryLimit::owner_of(L);
  vm.host().push_functions(L, vm, static_cast<std::size_t>(group));
  return 1;
}

// load(text, chunk name, environment): the chunk, or nil and why not. The global `load` is Lua code's to
// replace, and safe VMs have none.
int load_text(lua_State* L) {
  std::size_t length = 0;
  const char* text = luaL_checklstring(L, 1, &length);
  const char* name = luaL_checkstring(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  if (luaL_loadbufferx(L, text, length, name, "t") != 0) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushvalue(L, 3);
  lua_setfenv(L, -2);
  return 1;
}

int json_library(lua_State* L) {
  push_json_library(L);
  return 1;
}

int export_value(lua_State* L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 2);
  push_mark(L, kExports);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_insert(L, 1);
  lua_rawset(L, 1);
  return 0;
}

int guard_table(lua_State* L) {
  MemoryLimit::owner_of(L)->guards().add_table(L, 1);
  return 0;
}

int guard_global(lua_State* L) {
  MemoryLimit::owner_of(L)->guards().add_global(L, 1);
  return 0;
}

// Source names reach messages as written: "@name" shows `name:line`, "=name" shows it too, anything else is
// quoted code.
std::string source_name(const std::string& chunk_name) {
  if (!chunk_name.empty() && (chunk_name[0] == '@' || chunk_name[0] == '=')) return chunk_name;
  return "@" + chunk_name;
}

}  // namespace

std::unique_ptr<Vm> Vm::open(const VmOptions& options, HostBridge& host, BootstrapCache& bootstrap) {
  lua_State* L = luaL_newstate();
  if (L == nullptr) return nullptr;
  std::unique_ptr<Vm> vm(new Vm(L, options, host, bootstrap));
  if (protected_call(L, [&] { vm->install(options); }) != 0) return nullptr;
  lua_settop(L, 0);
  return vm;
}

Vm::Vm(lua_State* L, const VmOptions& options, HostBridge& host, BootstrapCache& bootstrap)
    : L_(L),
      memory_(L, options.memory_limit, this),
      host_(host),
      run_(*this),
      bootstrap_(bootstrap),
      safe_libraries_(options.safe_libraries),
      jit_(options.jit) {}

Vm::~Vm() {
  hook_disarm(L_);
  hold_finalizers(L_, false);
  detach_lua_finalizers(L_);
  lua_State* L = L_;
  memory_.restore();
  lua_close(L);
}

void Vm::install(const VmOptions& options) {
  luaL_openlibs(L_);  // opens jit, which turns the compiler on, before anything is hidden
  hook_prepare(L_, &Run::on_hook);
  json_open(L_);
  lua_pushliteral(L_, "attempt to yield from outside a coroutine");
  outside_message_ = luaL_ref(L_, LUA_REGISTRYINDEX);

  bootstrap_.push(L_, bootstrap::coroutines);
  push_mark(L_, kYieldMark);
  push_mark(L_, kSystemMark);
  push_mark(L_, kFailureMark);
  lua_pushcfunction(L_, &is_root_coroutine);
  lua_call(L_, 4, 1);
  make_host_function_ = luaL_ref(L_, LUA_REGISTRYINDEX);

  bootstrap_.push(L_, bootstrap::loading);
  lua_call(L_, 0, 0);

  lua_getglobal(L_, LUA_DBLIBNAME);
  UserHook::install(L_);
  lua_pop(L_, 1);

  bootstrap_.push(L_, bootstrap::libraries);
  lua_pushboolean(L_, options.safe_libraries);
  lua_call(L_, 1, 1);
  make_environment_ = luaL_ref(L_, LUA_REGISTRYINDEX);

  globals_table_ = globals_of(L_);
  lua_pushvalue(L_, LUA_GLOBALSINDEX);
  globals_ = luaL_ref(L_, LUA_REGISTRYINDEX);

  if (!jit_) set_jit(L_, false, true);
  hold_finalizers(L_, true);
}

std::size_t Vm::memory_used() const {
  return memory_in_use(L_);
}

void Vm::set_default_jit(bool on) {
  jit_ = on;
  set_jit(L_, on, !on);
}

lua_State* Vm::coroutine() {
  if (has_released_.load(std::memory_order_relaxed)) release_pending();
  if (coroutine_ != nullptr) return coroutine_;
  const int top = lua_gettop(L_);
  const int status = protected_call(L_, [this] {
    // One registry slot holds the coroutine of the current run: the one before it is garbage from here on.
    lua_pushlightuserdata(L_, this);
    coroutine_ = lua_newthread(L_);
    lua_rawset(L_, LUA_REGISTRYINDEX);
  });
  lua_settop(L_, top);
  coroutine_environment_ = LUA_NOREF;
  coroutine_globals_ = globals_table_;
  if (status != 0) coroutine_ = nullptr;
  return coroutine_;
}

void Vm::reclaim_memory() {
  retire_coroutine();
  lua_settop(L_, 0);
  lua_pushlightuserdata(L_, this);
  lua_pushnil(L_);
  lua_rawset(L_, LUA_REGISTRYINDEX);  // an existing key: allocates nothing
  if (protected_call(L_, [this] { lua_gc(L_, LUA_GCCOLLECT, 0); }) != 0) mark_broken();
  lua_settop(L_, 0);
}

void Vm::set_coroutine_environment(int environment) {
  if (environment == coroutine_environment_ && globals_of(coroutine_) == coroutine_globals_) [[likely]]
    return;
  lua_rawgeti(coroutine_, LUA_REGISTRYINDEX, environment == LUA_NOREF ? globals_ : environment);
  lua_replace(coroutine_, LUA_GLOBALSINDEX);
  coroutine_environment_ = environment;
  coroutine_globals_ = globals_of(coroutine_);
}

bool Vm::compile(std::string_view code, const std::string& chunk_name, Failure& failure) {
  const std::string source = source_name(chunk_name);
  int status = 0;
  const int protected_status = protected_call(
      L_, [&] { status = luaL_loadbufferx(L_, code.data(), code.size(), source.c_str(), "t"); });
  if (status == 0 && protected_status == 0) return true;
  failure = describe_syntax_failure(L_, status == LUA_ERRMEM || protected_status == LUA_ERRMEM, code);
  lua_settop(L_, 0);
  return false;
}

std::optional<int> Vm::environment(const std::string& name, Failure& failure) {
  if (const auto found = environments_.find(name); found != environments_.end()) return found->second;
  int reference = LUA_NOREF;
  const int status = protected_call(L_, [&] {
    lua_rawgeti(L_, LUA_REGISTRYINDEX, make_environment_);
    lua_call(L_, 0, 1);
    reference = luaL_ref(L_, LUA_REGISTRYINDEX);
  });
  lua_settop(L_, 0);
  if (status != 0) {
    failure = out_of_memory();
    return std::nullopt;
  }
  environments_.emplace(name, reference);
  return reference;
}

void Vm::release_later(int reference) {
  std::lock_guard guard(released_lock_);
  released_.push_back(reference);
  has_released_.store(true, std::memory_order_relaxed);
}

void Vm::release_pending() {
  std::lock_guard guard(released_lock_);
  for (const int reference : released_)
    luaL_unref(L_, LUA_REGISTRYINDEX, reference);  // writes an existing slot: cannot raise
  released_.clear();
  has_released_.store(false, std::memory_order_relaxed);
}

void Vm::push_path(lua_State* L, std::string_view path) {
  if (path.starts_with('=')) {
    push_mark(L, kExports);
    lua_rawget(L, LUA_REGISTRYINDEX);
    path.remove_prefix(1);
  } else {
    lua_pushvalue(L_, LUA_GLOBALSINDEX);
    if (L != L_) lua_xmove(L_, L, 1);
  }
  while (true) {
    const std::size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    if (!lua_istable(L, -1)) {
      lua_pop(L, 1);
      lua_pushnil(L);
      return;
    }
    lua_pushlstring(L, step.data(), step.size());
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (dot == std::string_view::npos) return;
    path.remove_prefix(dot + 1);
  }
}

void Vm::store_path(lua_State* L, std::string_view path) {
  const int value = lua_gettop(L);
  lua_pushvalue(L_, LUA_GLOBALSINDEX);
  if (L != L_) lua_xmove(L_, L, 1);
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', begin)) {
    lua_pushlstring(L, path.data() + begin, dot - begin);
    lua_rawget(L, -2);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_newtable(L);
      lua_pushlstring(L, path.data() + begin, dot - begin);
      lua_pushvalue(L, -2);
      lua_rawset(L, -4);
    } else if (!lua_istable(L, -1)) {
      lua_pushlstring(L, path.data(), dot);
      luaL_error(L, "%s is a %s, not a table", lua_tostring(L, -1), luaL_typename(L, -2));
    }
    lua_remove(L, -2);
    begin = dot + 1;
  }
  lua_pushlstring(L, path.data() + begin, path.size() - begin);
  lua_pushvalue(L, value);
  lua_rawset(L, -3);
  lua_settop(L, value - 1);
}

void Vm::push_host_function(lua_State* L, std::uint32_t function) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, make_host_function_);
  lua_pushinteger(L, static_cast<lua_Integer>(function));
  lua_pushcclosure(L, &call_host_function, 1);
  lua_call(L, 1, 1);
}

void Vm::export_toolbox(lua_State* L) {
  lua_newtable(L);
  push_mark(L, kExports);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
  constexpr luaL_Reg kFunctions[] = {
      {"chunk", &chunk_of_number},     {"load", &load_text},      {"functions", &functions_of_group},
      {"json", &json_library},         {"export", &export_value}, {"guard", &guard_table},
      {"guard_global", &guard_global},
  };
  lua_createtable(L, 0, static_cast<int>(std::size(kFunctions)));
  for (const luaL_Reg& entry : kFunctions) {
    lua_pushcfunction(L, entry.func);
    lua_setfield(L, -2, entry.name);
  }
  lua_setfield(L, -2, "toolbox");
  lua_pop(L, 1);
}

void Vm::push_system_mark(lua_State* L) {
  push_mark(L, kSystemMark);
}

void Vm::push_failure_mark(lua_State* L) {
  push_mark(L, kFailureMark);
}

int Vm::push_yield_outside_coroutine(lua_State* co) {
  push_failure_mark(co);
  lua_rawgeti(co, LUA_REGISTRYINDEX, outside_message_);
  return 2;
}

void Vm::restore_defaults() {
  if (jit_is_on(L_) != jit_) [[unlikely]]
    set_jit(L_, jit_, !jit_);
  if (collector_is_changed(L_)) [[unlikely]]
    restart_collector(L_);
  if (globals_of(L_) != globals_table_) [[unlikely]] {  // setfenv(0, t) by the __tostring of an error value
    lua_rawgeti(L_, LUA_REGISTRYINDEX, globals_);
    lua_replace(L_, LUA_GLOBALSINDEX);
  }
  if (!guards_.intact()) [[unlikely]]
    tampered_ = true;
}

}  // namespace luaskills::core
