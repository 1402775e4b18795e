#include "node/function_binding.h"

#include <span>

#include "node/napi_calls.h"
#include "node/node_vm.h"

namespace luaskills::node {
namespace {

constexpr std::size_t kInlineArguments = 16;

struct Binding {
  Binding(napi_env env, std::shared_ptr<AnchoredFunction> function, const CallOptions& options)
      : env(env), function(std::move(function)), options(options) {}
  ~Binding() { options.release(env); }
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  napi_env env;
  std::shared_ptr<AnchoredFunction> function;
  CallOptions options;
};

using Holder = std::shared_ptr<Binding>;

template <typename Body>
napi_value with_arguments(napi_env env, napi_callback_info info, Body&& body) {
  napi_value storage[kInlineArguments];
  std::size_t count = kInlineArguments;
  void* data = nullptr;
  check(env, napi_get_cb_info(env, info, &count, storage, nullptr, &data));
  Binding& binding = **static_cast<Holder*>(data);
  if (count <= kInlineArguments) return body(binding, std::span<const napi_value>(storage, count));
  std::vector<napi_value> many(count);
  check(env, napi_get_cb_info(env, info, &count, many.data(), nullptr, nullptr));
  return body(binding, std::span<const napi_value>(many));
}

template <Wants wants>
napi_value call_sync(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments(env, info, [](Binding& binding, std::span<const napi_value> arguments) {
      return binding.function->vm->call_sync({.function = binding.function.get()}, arguments, binding.options, wants);
    });
  });
}

template <Wants wants>
napi_value start(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments(env, info, [](Binding& binding, std::span<const napi_value> arguments) {
      return binding.function->vm->start({.function = binding.function.get()}, arguments, binding.options, wants);
    });
  });
}

napi_value with(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments(env, info, [env](Binding& binding, std::span<const napi_value> arguments) {
      const CallOptions options = CallOptions::parse(env, arguments.empty() ? undefined(env) : arguments[0]);
      return make_function_object(env, binding.function, options);
    });
  });
}

napi_value release(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    return with_arguments(env, info, [env](Binding& binding, std::span<const napi_value>) {
      binding.function->release();
      return undefined(env);
    });
  });
}

void set_function(napi_env env, napi_value object, const char* name, napi_callback callback, const Holder& binding) {
  auto holder = std::make_unique<Holder>(binding);
  napi_value function = nullptr;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, holder.get(), &function));
  check(env, napi_add_finalizer(
                 env, function, holder.get(), [](napi_env, void* data, void*) { delete static_cast<Holder*>(data); }, nullptr,
                 nullptr));
  holder.release();  // the finalizer owns it now
  check(env, napi_set_named_property(env, object, name, function));
}

}  // namespace

void AnchoredFunction::release() {
  if (is_released()) return;
  vm->release_reference(handle.function);
  handle.function = LUA_NOREF;
}

napi_value make_function_object(napi_env env, std::shared_ptr<AnchoredFunction> function, const CallOptions& options) {
  const Holder binding = std::make_shared<Binding>(env, std::move(function), options);
  napi_value object = nullptr;
  check(env, napi_create_object(env, &object));
  set_function(env, object, "callSync", &call_sync<Wants::kFirst>, binding);
  set_function(env, object, "callAllSync", &call_sync<Wants::kAll>, binding);
  set_function(env, object, "start", &start<Wants::kFirst>, binding);
  set_function(env, object, "startAll", &start<Wants::kAll>, binding);
  set_function(env, object, "with", &with, binding);
  set_function(env, object, "release", &release, binding);
  return object;
}

}  // namespace luaskills::node
