// Module entry: one Environment per JavaScript environment, and what src/vm/binding.ts imports.
#include <memory>

#include "node/environment.h"
#include "node/napi_calls.h"
#include "node/native_class.h"

namespace luaskills::node {
namespace {

using Holder = std::shared_ptr<Environment>;

// initialize(makeError, encode, parse, watch, busy, captureContext)
napi_value initialize(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    constexpr auto kHelpers = static_cast<std::size_t>(JsHelper::kCount);
    std::size_t count = kHelpers;
    napi_value helpers[kHelpers];
    check(env, napi_get_cb_info(env, info, &count, helpers, nullptr, nullptr));
    for (std::size_t i = 0; i < kHelpers; i++)
      Environment::of(env).set_helper(static_cast<JsHelper>(i), helpers[i]);
    return undefined(env);
  });
}

napi_value set_lane_count(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    std::size_t count = 1;
    napi_value lanes = nullptr;
    check(env, napi_get_cb_info(env, info, &count, &lanes, nullptr, nullptr));
    return boolean(env, Environment::of(env).set_lane_count(static_cast<std::size_t>(to_double(env, lanes))));
  });
}

napi_value define(napi_env env, napi_value exports) {
  return guarded(env, [&] {
    auto holder = std::make_unique<Holder>(std::make_shared<Environment>(env));
    check(env, napi_set_instance_data(
                   env, holder.get(), [](napi_env, void* data, void*) { delete static_cast<Holder*>(data); },
                   nullptr));
    holder.release();  // the finalizer owns it now
    const auto set = [&](const char* name, napi_value value) {
      check(env, napi_set_named_property(env, exports, name, value));
    };
    const auto function = [&](const char* name, napi_callback callback) {
      napi_value value = nullptr;
      check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &value));
      return value;
    };
    set("NativeVm", define_native_vm(env));
    set("initialize", function("initialize", &initialize));
    set("setLaneCount", function("setLaneCount", &set_lane_count));
    return exports;
  });
}

}  // namespace
}  // namespace luaskills::node

NAPI_MODULE_INIT() {
  return luaskills::node::define(env, exports);
}
