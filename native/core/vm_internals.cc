#include "vm_internals.h"

#include "luajit_internals.h"
#include "shared_word.h"

namespace luaskills::core {
namespace {

// A finalizer that cannot call Lua code: those of LuaJIT's own userdata and of C modules. Other library functions can:
// pcall as a finalizer calls the object, whose __call may never return.
bool is_harmless_finalizer(cTValue* value) {
  if (!tvisfunc(value)) return false;
  switch (funcV(value)->c.ffid) {
    case FF_C:
    case FF_io_method___gc:
    case FF_ffi_clib___gc:
    case FF_buffer_method___gc: return true;
    default: return false;
  }
}

void detach_userdata_finalizer(global_State* g, GCobj* object) {
  if (object->gch.gct != ~LJ_TUDATA) return;
  GCtab* metatable = tabref(gco2ud(object)->metatable);
  if (metatable == nullptr) return;
  cTValue* finalizer = lj_tab_getstr(metatable, strref(g->gcroot[static_cast<int>(GCROOT_MMNAME) + MM_gc]));
  if (finalizer != nullptr && !tvisnil(finalizer) && !is_harmless_finalizer(finalizer)) setnilV(const_cast<TValue*>(finalizer));
}

void detach_cdata_finalizers(global_State* g) {
  GCtab* finalizers = tabref(g->gcroot[GCROOT_FFI_FIN]);
  if (finalizers == nullptr) return;
  Node* nodes = noderef(finalizers->node);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(finalizers->hmask); i >= 0; i--) {
    TValue* finalizer = &nodes[i].val;
    if (tvisnil(finalizer) || !tviscdata(&nodes[i].key) || is_harmless_finalizer(finalizer) || tviscdata(finalizer)) continue;
    gcV(&nodes[i].key)->gch.marked &= static_cast<std::uint8_t>(~LJ_GC_CDATA_FIN);
    setnilV(finalizer);
  }
}

}  // namespace

std::size_t memory_in_use(lua_State* L) { return load_relaxed(G(L)->gc.total); }

bool collector_is_stopped(lua_State* L) { return G(L)->gc.threshold == LJ_MAX_MEM; }

bool jit_is_on(lua_State* L) { return (L2J(L)->flags & JIT_F_ON) != 0; }

void set_jit(lua_State* L, bool on, bool flush) {
  if (flush) luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | (on ? LUAJIT_MODE_ON : LUAJIT_MODE_OFF));
}

void detach_lua_finalizers(lua_State* L) {
  global_State* g = G(L);
  // Userdata are chained behind the main thread; those already due for finalization are in a circular list.
  for (GCobj* o = gcref(mainthread(g)->nextgc); o != nullptr; o = gcref(o->gch.nextgc)) detach_userdata_finalizer(g, o);
  if (GCobj* last = gcref(g->gc.mmudata)) {
    GCobj* o = last;
    do {
      detach_userdata_finalizer(g, o);
      o = gcref(o->gch.nextgc);
    } while (o != last);
  }
  detach_cdata_finalizers(g);
}

bool is_lua_function(lua_State* L, int index) { return lua_isfunction(L, index) && !lua_iscfunction(L, index); }

}  // namespace luaskills::core
