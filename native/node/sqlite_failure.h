// Failures of native/sqlite as JavaScript errors.
#pragma once

#include <node_api.h>

#include "node/napi_calls.h"
#include "sqlite/error.h"

namespace luaskills::node {

// An Error with the `code` of the failure.
[[noreturn]] inline void throw_error(napi_env env, const sqlite::Error& error) {
  napi_value value = nullptr;
  check(env, napi_create_error(env, string(env, error.code()), string(env, error.what()), &value));
  check(env, napi_throw(env, value));
  throw JsException();
}

}  // namespace luaskills::node
