#include "node/function_binding.h"

#include <span>
#include <vector>

#include "node/napi_calls.h"
#include "node/node_vm.h"

namespace luaskills::node {
namespace {

// Arguments read without an allocation; Node fills unused places, so there are no more than common calls
// need.
constexpr std::size_t kPlainArguments = 6;
constexpr std::size_t kLimitedArguments = 2 + CallOptions::kValueCount + kPlainArguments;

using Holder = std::shared_ptr<AnchoredFunction>;

template <std::size_t kInlineArguments, typename Body>
napi_value with_arguments(napi_env env, napi_callback_info info, Body&& body) {
  napi_value storage[kInlineArguments];
  std::size_t count = kInlineArguments;
  void* data = nullptr;
  check(env, napi_get_cb_info(env, info, &count, storage, nullptr, &data));
  AnchoredFunction& function = **static_cast<Holder*>(data);
  if (count <= kInlineArguments) return body(function, std::span<const napi_value>(storage, count));
  std::vector<napi_value> many(count);
  check(env, napi_get_cb_info(env, info, &count, many.data(), nullptr, nullptr));
  return body(function, std::span<const napi_value>(many));
}

template <Wants wants>
napi_value call_sync(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments<kPlainArguments>(
        env, info, [](AnchoredFunction& function, std::span<const napi_value> arguments) {
          return function.vm->call_sync({.function = &function}, arguments, nullptr, wants);
        });
  });
}

template <Wants wants>
napi_value start(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments<kPlainArguments>(
        env, info, [](AnchoredFunction& function, std::span<const napi_value> arguments) {
          return function.vm->start({.function = &function}, arguments, nullptr, wants);
        });
  });
}

// limited(synchronous, all, …CallOptions::kValueCount values, ...arguments)
napi_value limited(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments<kLimitedArguments>(
        env, info, [env](AnchoredFunction& function, std::span<const napi_value> values) {
          constexpr std::size_t kLeading = 2 + CallOptions::kValueCount;
          const CallOptions options = CallOptions::read(env, values.subspan(2, CallOptions::kValueCount));
          const Wants wants = to_bool(env, values[1]) ? Wants::kAll : Wants::kFirst;
          const auto arguments = values.subspan(kLeading);
          return to_bool(env, values[0])
                     ? function.vm->call_sync({.function = &function}, arguments, &options, wants)
                     : function.vm->start({.function = &function}, arguments, &options, wants);
        });
  });
}

napi_value release(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments<kPlainArguments>(env, info,
                                           [env](AnchoredFunction& function, std::span<const napi_value>) {
                                             function.release();
                                             return undefined(env);
                                           });
  });
}

void set_function(napi_env env, napi_value object, const char* name, napi_callback callback,
                  const Holder& anchored) {
  auto holder = std::make_unique<Holder>(anchored);
  napi_value function = nullptr;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, holder.get(), &function));
  check(env, napi_add_finalizer(
                 env, function, holder.get(),
                 [](napi_env, void* data, void*) { delete static_cast<Holder*>(data); }, nullptr, nullptr));
  holder.release();  // the finalizer owns it now
  // A function taken off its handle still needs the VM's wrapper, which holds the host functions.
  napi_property_descriptor vm = {};
  vm.utf8name = "vm";
  vm.value = from_reference(env, anchored->vm->wrapper());
  check(env, napi_define_properties(env, function, 1, &vm));
  check(env, napi_set_named_property(env, object, name, function));
}

}  // namespace

void AnchoredFunction::release() {
  if (is_released()) return;
  vm->release_reference(handle.function);
  if (handle.owns_environment) vm->release_reference(handle.environment);
  handle.function = LUA_NOREF;
}

napi_value make_function_object(napi_env env, const std::shared_ptr<AnchoredFunction>& function) {
  napi_value object = nullptr;
  check(env, napi_create_object(env, &object));
  set_function(env, object, "callSync", &call_sync<Wants::kFirst>, function);
  set_function(env, object, "callAllSync", &call_sync<Wants::kAll>, function);
  set_function(env, object, "start", &start<Wants::kFirst>, function);
  set_function(env, object, "startAll", &start<Wants::kAll>, function);
  set_function(env, object, "limited", &limited, function);
  set_function(env, object, "release", &release, function);
  return object;
}

}  // namespace luaskills::node
