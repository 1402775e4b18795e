#include "vm_internals.h"

#include "luajit_internals.h"
#include "shared_word.h"

namespace luaskills::core {
namespace {

// Functions of C modules, and the few of LuaJIT's own that are finalizers. Others of its own would call Lua:
// with `__gc = pcall` the userdata's `__call` runs.
bool finalizes_in_c(cTValue* value) {
  if (!tvisfunc(value)) return false;
  const std::uint8_t id = funcV(value)->c.ffid;
  return id == FF_C || id == FF_io_method___gc || id == FF_ffi_clib___gc || id == FF_buffer_method___gc;
}

// A C function by its address: `ffi.gc(p, ffi.C.free)`. A struct may have a `__call` in Lua.
bool is_c_function_pointer(global_State* g, cTValue* value) {
  if (!tviscdata(value)) return false;
  CTState* types = ctype_ctsG(g);
  CType* type = ctype_raw(types, cdataV(value)->ctypeid);
  if (ctype_isptr(type->info)) type = ctype_rawchild(types, type);
  return ctype_isfunc(type->info);
}

void detach_userdata_finalizer(global_State* g, GCobj* object) {
  if (object->gch.gct != ~LJ_TUDATA) return;
  GCtab* metatable = tabref(gco2ud(object)->metatable);
  if (metatable == nullptr) return;
  cTValue* finalizer = lj_tab_getstr(metatable, strref(g->gcroot[static_cast<int>(GCROOT_MMNAME) + MM_gc]));
  if (finalizer != nullptr && !tvisnil(finalizer) && !finalizes_in_c(finalizer))
    setnilV(const_cast<TValue*>(finalizer));
}

void detach_cdata_finalizers(global_State* g) {
  GCtab* finalizers = tabref(g->gcroot[GCROOT_FFI_FIN]);
  if (finalizers == nullptr) return;
  Node* nodes = noderef(finalizers->node);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(finalizers->hmask); i >= 0; i--) {
    TValue* finalizer = &nodes[i].val;
    if (tvisnil(finalizer) || !tviscdata(&nodes[i].key)) continue;
    if (finalizes_in_c(finalizer) || is_c_function_pointer(g, finalizer)) continue;
    gcV(&nodes[i].key)->gch.marked &= static_cast<std::uint8_t>(~LJ_GC_CDATA_FIN);
    setnilV(finalizer);
  }
}

}  // namespace

std::size_t memory_in_use(lua_State* L) {
  return load_relaxed(G(L)->gc.total);
}

bool collector_is_changed(lua_State* L) {
  const GCState& gc = G(L)->gc;
  return gc.threshold == LJ_MAX_MEM || gc.pause != LUAI_GCPAUSE || gc.stepmul != LUAI_GCMUL;
}

void restart_collector(lua_State* L) {
  GCState& gc = G(L)->gc;
  gc.pause = LUAI_GCPAUSE;
  gc.stepmul = LUAI_GCMUL;
  lua_gc(L, LUA_GCRESTART, -1);
}

bool jit_is_on(lua_State* L) {
  return (L2J(L)->flags & JIT_F_ON) != 0;
}

void set_jit(lua_State* L, bool on, bool flush) {
  if (flush) luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | (on ? LUAJIT_MODE_ON : LUAJIT_MODE_OFF));
}

void detach_lua_finalizers(lua_State* L) {
  global_State* g = G(L);
  // Userdata are chained behind the main thread; those already due for finalization are in a circular list.
  for (GCobj* o = gcref(mainthread(g)->nextgc); o != nullptr; o = gcref(o->gch.nextgc))
    detach_userdata_finalizer(g, o);
  if (GCobj* last = gcref(g->gc.mmudata)) {
    GCobj* o = last;
    do {
      detach_userdata_finalizer(g, o);
      o = gcref(o->gch.nextgc);
    } while (o != last);
  }
  detach_cdata_finalizers(g);
}

void hold_finalizers(lua_State* L, bool hold) {
  G(L)->gc.holdfin = hold ? 1 : 0;
}

void set_c_stack_limit(lua_State* L, std::uintptr_t address) {
  G(L)->cstacklimit = address;
}

const void* globals_of(lua_State* L) {
  return tabref(L->env);
}

}  // namespace luaskills::core
