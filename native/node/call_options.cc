#include "node/call_options.h"

#include "node/napi_calls.h"

namespace luaskills::node {
namespace {

std::optional<napi_value> property(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  check(env, napi_get_named_property(env, object, name, &value));
  if (type_of(env, value) == napi_undefined) return std::nullopt;
  return value;
}

}  // namespace

CallOptions CallOptions::parse(napi_env env, napi_value value) {
  CallOptions options;
  if (type_of(env, value) != napi_object) return options;
  if (const auto timeout = property(env, value, "timeoutMs")) {
    options.timeout = static_cast<core::Nanoseconds>(to_double(env, *timeout) * static_cast<double>(core::kMillisecond));
    if (options.timeout <= 0) options.timeout = 1;
  }
  if (const auto limit = property(env, value, "instructionLimit")) {
    options.instruction_limit = static_cast<std::uint64_t>(to_double(env, *limit));
  }
  if (const auto jit = property(env, value, "jit")) options.jit = to_bool(env, *jit);
  if (const auto start = property(env, value, "start")) {
    const std::string name = to_string(env, *start);
    options.start = name == "lane" ? Start::kLane : name == "inline" ? Start::kInline : Start::kAuto;
  }
  if (const auto hook = property(env, value, "instructionHook")) {
    options.tick_every = static_cast<std::uint64_t>(to_double(env, property(env, *hook, "every").value()));
    check(env, napi_create_reference(env, property(env, *hook, "onTick").value(), 1, &options.on_tick));
  }
  return options;
}

void CallOptions::release(napi_env env) {
  if (on_tick != nullptr) napi_delete_reference(env, on_tick);
  on_tick = nullptr;
}

core::RunLimits CallOptions::limits() const {
  core::RunLimits limits;
  if (timeout != 0) limits.deadline = core::now() + timeout;
  limits.instructions = instruction_limit;
  limits.tick_every = tick_every;
  limits.jit = jit;
  return limits;
}

}  // namespace luaskills::node
