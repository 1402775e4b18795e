// Why a run did not return: what becomes a LuaError in JavaScript.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "value.h"

namespace luaskills::core {

enum class FailureCode {
  kSyntax,
  kRuntime,
  kTimeout,
  kAborted,
  kMemory,
  kInstructions,
  kConvert,
  kNotFunction,
  kBusy,
  kClosed,
};

struct Failure {
  FailureCode code = FailureCode::kRuntime;
  std::string message;
  std::string traceback;       // Lua frames only; empty when there is none
  std::string chunk;           // name of the chunk the error came from; empty when unknown
  int line = 0;                // 1-based; 0 when unknown
  std::optional<Value> value;  // the error value when it is not a string and can cross

  static Failure of(FailureCode code, std::string message) {
    Failure failure;
    failure.code = code;
    failure.message = std::move(message);
    return failure;
  }
};

}  // namespace luaskills::core
