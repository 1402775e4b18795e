#include "node/native_class.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/crossing.h"
#include "core/describe_failure.h"
#include "core/json_library.h"
#include "core/protected_call.h"
#include "node/marshal.h"
#include "node/napi_calls.h"
#include "node/node_vm.h"

namespace luaskills::node {
namespace {

using Holder = std::shared_ptr<NodeVm>;

constexpr std::size_t kMaxParameters = 11;

struct Receiver {
  NodeVm& vm;
  std::array<napi_value, kMaxParameters> arguments;
};

// The receiver and its arguments; missing ones are undefined.
Receiver receiver(napi_env env, napi_callback_info info) {
  std::size_t count = kMaxParameters;
  std::array<napi_value, kMaxParameters> arguments;
  napi_value self = nullptr;
  check(env, napi_get_cb_info(env, info, &count, arguments.data(), &self, nullptr));
  void* data = nullptr;
  check(env, napi_unwrap(env, self, &data));
  return {**static_cast<Holder*>(data), arguments};
}

template <typename Body>
napi_value method(napi_env env, napi_callback_info info, Body&& body) {
  return guarded(env, [&]() -> napi_value {
    Receiver self = receiver(env, info);
    return body(self.vm, self.arguments);
  });
}

using Arguments = std::array<napi_value, kMaxParameters>;

// new NativeVm(memoryLimit, safeLibraries, jit, budgetUs)
napi_value construct(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    std::size_t count = 4;
    napi_value arguments[4];
    napi_value self = nullptr;
    check(env, napi_get_cb_info(env, info, &count, arguments, &self, nullptr));
    core::VmOptions options;
    options.memory_limit = static_cast<std::size_t>(to_double(env, arguments[0]));
    options.safe_libraries = to_bool(env, arguments[1]);
    options.jit = to_bool(env, arguments[2]);
    const auto budget = static_cast<core::Nanoseconds>(to_double(env, arguments[3]) * core::kMicrosecond);
    auto vm = std::make_shared<NodeVm>(Environment::of(env).shared_from_this(), budget);
    vm->open(options);
    auto holder = std::make_unique<Holder>(vm);
    napi_ref wrapper = nullptr;
    check(env,
          napi_wrap(
              env, self, holder.get(), [](napi_env, void* data, void*) { delete static_cast<Holder*>(data); },
              nullptr, &wrapper));
    holder.release();  // the finalizer owns it now
    vm->set_wrapper(wrapper);
    return self;
  });
}

// Leaves the chunk on the VM's stack, with `environment` ("" for the VM's globals) as its globals.
Callee compile(NodeVm& vm, napi_env env, napi_value code, napi_value chunk_name, const std::string& prefix,
               const std::string& environment) {
  core::Vm& core = vm.idle_vm("eval");
  core::Failure failure;
  Callee callee;
  if (!environment.empty()) {
    const auto reference = core.environment(environment, failure);
    if (!reference) vm.environment().throw_failure(failure);
    callee.environment = *reference;
  }
  if (!core.compile(prefix + to_string(env, code), to_string(env, chunk_name), failure)) {
    vm.environment().throw_failure(failure);
  }
  if (callee.environment != LUA_NOREF) {
    lua_rawgeti(core.state(), LUA_REGISTRYINDEX, callee.environment);
    lua_setfenv(core.state(), -2);
  }
  return callee;
}

napi_value run_chunk(NodeVm& vm, const Callee& callee, std::span<const napi_value> arguments,
                     const CallOptions& options, bool synchronous, Wants wants) {
  return synchronous ? vm.call_sync(callee, arguments, &options, wants)
                     : vm.start(callee, arguments, &options, wants);
}

// run(code, chunkName, synchronous, …CallOptions::kValueCount values, args, all)
napi_value run(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    const bool synchronous = to_bool(env, a[2]);
    if (!synchronous && !vm.is_closed() && vm.is_busy()) return vm.environment().helper(JsHelper::kBusy);
    // `args` is a local of the chunk, on its first line so that line numbers stay.
    const Callee callee = compile(vm, env, a[0], a[1], "local args = ...; ", "");
    const CallOptions options =
        CallOptions::read(env, std::span<const napi_value>(&a[3], CallOptions::kValueCount));
    const Wants wants = to_bool(env, a[10]) ? Wants::kAll : Wants::kFirst;
    return run_chunk(vm, callee, std::span<const napi_value>(&a[9], 1), options, synchronous, wants);
  });
}

// load(code, chunkName, synchronous, …CallOptions::kValueCount values, environment)
napi_value load(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    const bool synchronous = to_bool(env, a[2]);
    if (!synchronous && !vm.is_closed() && vm.is_busy()) return vm.environment().helper(JsHelper::kBusy);
    const Callee callee = compile(vm, env, a[0], a[1], "", to_string(env, a[9]));
    const CallOptions options =
        CallOptions::read(env, std::span<const napi_value>(&a[3], CallOptions::kValueCount));
    return run_chunk(vm, callee, {}, options, synchronous, Wants::kFunction);
  });
}

// check(code, chunkName)
napi_value check_syntax(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    compile(vm, env, a[0], a[1], "", "");
    lua_settop(vm.idle_vm("check").state(), 0);
    return undefined(env);
  });
}

// getFunction(path, environment, results, takesJson): `results` is 0 where all are read.
napi_value get_function(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    return vm.function_at(to_string(env, a[0]), to_string(env, a[1]), static_cast<int>(to_double(env, a[2])),
                          to_bool(env, a[3]));
  });
}

napi_value register_function(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    vm.register_function(to_string(env, a[0]), a[1], a[2]);
    return undefined(env);
  });
}

// registerGroup(number, make): the number of the group on this VM.
napi_value register_group(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    const FunctionGroup& group = vm.environment().group(static_cast<std::size_t>(to_double(env, a[0])));
    return number(env, static_cast<double>(vm.register_group(group, a[1])));
  });
}

// runChunk(number): a file of ours to its end, with the toolbox as its argument.
napi_value run_chunk_of_ours(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    const auto number = static_cast<std::size_t>(to_double(env, a[0]));
    vm.change("runChunk", [&](core::Vm& core, lua_State* L) {
      core.push_own_chunk(L, number);
      core.push_path(L, "=toolbox");
      lua_call(L, 1, 0);
    });
    return undefined(env);
  });
}

// openToolbox(): for the files of ours that run now. The collector rests until closeToolbox(): what is built
// on a fresh VM stays.
napi_value open_toolbox(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments&) {
    vm.change("openToolbox", [&](core::Vm& core, lua_State* L) {
      lua_gc(L, LUA_GCSTOP, 0);
      core.export_toolbox(L);
    });
    return undefined(env);
  });
}

napi_value close_toolbox(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments&) {
    vm.change("closeToolbox", [](core::Vm&, lua_State* L) { lua_gc(L, LUA_GCRESTART, -1); });
    return undefined(env);
  });
}

napi_value set_global(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    const std::string path = to_string(env, a[0]);
    vm.idle_vm("setGlobal");
    const core::Value value = copy_value(vm.environment(), a[1], path);
    vm.change("setGlobal", [&](core::Vm& core, lua_State* L) {
      core::push_value(L, value);
      core.store_path(L, path);
    });
    return undefined(env);
  });
}

napi_value get_global(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    const std::string path = to_string(env, a[0]);
    core::Vm& core = vm.idle_vm("getGlobal");
    lua_State* L = core.state();
    if (core::protected_call(L, [&] { core.push_path(L, path); }) != 0) {
      lua_settop(L, 0);
      vm.environment().throw_failure(core::out_of_memory());
    }
    struct Pop {
      lua_State* L;
      ~Pop() { lua_settop(L, 0); }
    } pop{L};
    return lua_isnil(L, -1) ? undefined(env) : to_js(vm.environment(), core.run(), L, -1, path);
  });
}

napi_value open_json(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    const std::string path = to_string(env, a[0]);
    vm.change("openJson", [&](core::Vm& core, lua_State* L) {
      core::push_json_library(L);
      core.store_path(L, path);
    });
    return undefined(env);
  });
}

napi_value set_jit(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    vm.idle_vm("setJit").set_default_jit(to_bool(env, a[0]));
    return undefined(env);
  });
}

napi_value abort(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    vm.stop(static_cast<std::uint64_t>(to_double(env, a[0])), core::KillReason::kAborted);
    return undefined(env);
  });
}

napi_value expire(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    vm.stop(static_cast<std::uint64_t>(to_double(env, a[0])), core::KillReason::kTimeout);
    return undefined(env);
  });
}

napi_value settle(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments& a) {
    vm.settle(static_cast<std::uint64_t>(to_double(env, a[0])), to_bool(env, a[1]), a[2]);
    return undefined(env);
  });
}

napi_value close(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments&) {
    vm.close();
    return undefined(env);
  });
}

napi_value get_memory_used(napi_env env, napi_callback_info info) {
  return method(env, info,
                [env](NodeVm& vm, Arguments&) { return number(env, static_cast<double>(vm.memory_used())); });
}

// 1: busy, 2: closed, 4: broken. One number, because pools ask for all three after every lease.
napi_value get_state(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeVm& vm, Arguments&) {
    return number(env, (vm.is_busy() ? 1 : 0) | (vm.is_closed() ? 2 : 0) | (vm.is_broken() ? 4 : 0) |
                           (vm.is_tampered() ? 8 : 0));
  });
}

napi_value get_serial(napi_env env, napi_callback_info info) {
  return method(env, info,
                [env](NodeVm& vm, Arguments&) { return number(env, static_cast<double>(vm.serial())); });
}

constexpr napi_property_descriptor function_property(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

constexpr napi_property_descriptor getter_property(const char* name, napi_callback callback) {
  return {name, nullptr, nullptr, callback, nullptr, nullptr, napi_default, nullptr};
}

}  // namespace

napi_value define_native_vm(napi_env env) {
  const napi_property_descriptor properties[] = {
      function_property("run", &run),
      function_property("load", &load),
      function_property("check", &check_syntax),
      function_property("getFunction", &get_function),
      function_property("register", &register_function),
      function_property("registerGroup", &register_group),
      function_property("runChunk", &run_chunk_of_ours),
      function_property("openToolbox", &open_toolbox),
      function_property("closeToolbox", &close_toolbox),
      function_property("setGlobal", &set_global),
      function_property("getGlobal", &get_global),
      function_property("openJson", &open_json),
      function_property("setJit", &set_jit),
      function_property("abort", &abort),
      function_property("expire", &expire),
      function_property("settle", &settle),
      function_property("close", &close),
      getter_property("memoryUsed", &get_memory_used),
      getter_property("state", &get_state),
      getter_property("serial", &get_serial),
  };
  napi_value constructor = nullptr;
  check(env, napi_define_class(env, "NativeVm", NAPI_AUTO_LENGTH, &construct, nullptr, std::size(properties),
                               properties, &constructor));
  return constructor;
}

}  // namespace luaskills::node
