// The JavaScript class behind LuaVm (src/vm/lua-vm.ts), private to the package.
#pragma once

#include <node_api.h>

namespace luaskills::node {

napi_value define_native_vm(napi_env env);

}  // namespace luaskills::node
