#include "node/call_options.h"

#include <algorithm>

#include "node/napi_calls.h"

namespace luaskills::node {

CallOptions CallOptions::read(napi_env env, std::span<const napi_value> values) {
  CallOptions options;
  const double timeout_ms = to_double(env, values[0]);
  if (timeout_ms > 0) {
    options.timeout = std::max<core::Nanoseconds>(
        1, static_cast<core::Nanoseconds>(timeout_ms * static_cast<double>(core::kMillisecond)));
  }
  const double jit = to_double(env, values[1]);
  if (jit >= 0) options.jit = jit > 0;
  options.start = static_cast<Start>(static_cast<int>(to_double(env, values[2])));
  options.instruction_limit = static_cast<std::uint64_t>(to_double(env, values[3]));
  options.tick_every = static_cast<std::uint64_t>(to_double(env, values[4]));
  if (options.tick_every != 0) options.on_tick = values[5];
  return options;
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
