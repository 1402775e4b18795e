// RunOptions as the TypeScript half hands them over: plain values, read without touching an object.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <optional>
#include <span>

#include "core/clock.h"
#include "core/run.h"

namespace luaskills::node {

enum class Start { kAuto, kInline, kLane };

// What the caller wants of a function that returned.
// kAll: an array, but a single string as it is, because Node-API makes arrays slowly.
enum class Wants { kFirst, kAll, kFunction };

struct CallOptions {
  static constexpr std::size_t kValueCount = 6;

  core::Nanoseconds timeout = 0;  // 0: none
  std::optional<bool> jit;
  Start start = Start::kAuto;
  std::uint64_t instruction_limit = 0;
  std::uint64_t tick_every = 0;
  napi_value on_tick = nullptr;  // valid in the callback that read it

  // timeoutMs (0: none), jit (-1: as the VM, 0, 1), start (Start), instructionLimit (0: none), every (0:
  // none), onTick: the order of `limitValues` in src/vm/run-options.ts, which has validated them.
  static CallOptions read(napi_env env, std::span<const napi_value> values);

  [[nodiscard]] core::RunLimits limits() const;
};

}  // namespace luaskills::node
