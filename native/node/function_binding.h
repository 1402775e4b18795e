// A Lua function as JavaScript sees it.
#pragma once

#include <node_api.h>

#include <limits>
#include <memory>

#include "core/vm.h"
#include "node/call_options.h"

namespace luaskills::node {

class NodeVm;

// The anchored function; shared by the handles that with() makes from one another.
struct AnchoredFunction : std::enable_shared_from_this<AnchoredFunction> {
  AnchoredFunction(std::shared_ptr<NodeVm> vm, core::FunctionHandle handle)
      : vm(std::move(vm)), handle(handle) {}
  ~AnchoredFunction() { release(); }
  AnchoredFunction(const AnchoredFunction&) = delete;
  AnchoredFunction& operator=(const AnchoredFunction&) = delete;

  void release();
  [[nodiscard]] bool is_released() const { return handle.function == LUA_NOREF; }

  std::shared_ptr<NodeVm> vm;
  core::FunctionHandle handle;
  // Results that are read where every one is wanted; those behind them come as null, whatever they are.
  int results_read = std::numeric_limits<int>::max();
  // A string that is the only argument is the JSON text of it.
  bool takes_json = false;
};

// An object with the functions callSync, callAllSync, start, startAll, limited and release. They carry their
// data themselves, which spares unwrapping a receiver on the hottest path.
napi_value make_function_object(napi_env env, const std::shared_ptr<AnchoredFunction>& function);

}  // namespace luaskills::node
