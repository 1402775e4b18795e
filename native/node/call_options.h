// RunOptions of the TypeScript half, read once.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <optional>

#include "core/clock.h"
#include "core/run.h"

namespace luaskills::node {

enum class Start { kAuto, kInline, kLane };

// What the caller wants of a function that returned.
enum class Wants { kFirst, kAll, kFunction };

struct CallOptions {
  core::Nanoseconds timeout = 0;  // 0: none
  std::uint64_t instruction_limit = 0;
  std::uint64_t tick_every = 0;
  std::optional<bool> jit;
  Start start = Start::kAuto;
  napi_ref on_tick = nullptr;  // owned by whoever parsed the options; freed by release()

  // `value`: undefined, or an object whose members the TypeScript half has validated.
  static CallOptions parse(napi_env env, napi_value value);
  void release(napi_env env);

  [[nodiscard]] core::RunLimits limits() const;
};

}  // namespace luaskills::node
