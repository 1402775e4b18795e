// Module entry: one Environment per JavaScript environment, and what src/vm/binding.ts imports.
#include <memory>
#include <utility>

#include "node/environment.h"
#include "node/napi_calls.h"
#include "node/native_class.h"
#include "node/native_sqlite.h"

namespace luaskills::node {
namespace {

using Holder = std::shared_ptr<Environment>;

// initialize(makeError, encode, parse, watch, busy, captureContext, makeOpaque)
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

// addChunk(text): the number of a file of ours, for NativeVm.runChunk.
napi_value add_chunk(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    std::size_t count = 1;
    napi_value text = nullptr;
    check(env, napi_get_cb_info(env, info, &count, &text, nullptr, nullptr));
    return number(env, static_cast<double>(Environment::of(env).bootstrap().add(to_string(env, text))));
  });
}

// addGroup(path, names): the number of a group of host functions, for NativeVm.registerGroup.
napi_value add_group(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    std::size_t count = 2;
    napi_value arguments[2];
    check(env, napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr));
    FunctionGroup group{to_string(env, arguments[0]), {}};
    std::uint32_t length = 0;
    check(env, napi_get_array_length(env, arguments[1], &length));
    for (std::uint32_t i = 0; i < length; i++) {
      napi_value name = nullptr;
      check(env, napi_get_element(env, arguments[1], i, &name));
      group.names.push_back(to_string(env, name));
    }
    return number(env, static_cast<double>(Environment::of(env).add_group(std::move(group))));
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
    set("addChunk", function("addChunk", &add_chunk));
    set("addGroup", function("addGroup", &add_group));
    set("setLaneCount", function("setLaneCount", &set_lane_count));
    set("NativeSqlite", define_native_sqlite(env));
    set("receiveSqlite", function("receiveSqlite", &receive_sqlite));
    set("newSqliteToken", function("newSqliteToken", &new_sqlite_token));
    set("interruptSqlite", function("interruptSqlite", &interrupt_sqlite));
    return exports;
  });
}

}  // namespace
}  // namespace luaskills::node

NAPI_MODULE_INIT() {
  return luaskills::node::define(env, exports);
}
