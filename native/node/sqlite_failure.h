// Failures of native/sqlite as JavaScript errors.
#pragma once

#include <node_api.h>

#include <new>

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

// What `body` returns; its failures become JavaScript errors.
template <typename Body>
napi_value with_failures(napi_env env, Body&& body) {
  try {
    return body();
  } catch (const sqlite::Error& error) {
    throw_error(env, error);
  } catch (const std::bad_alloc&) {
    throw_error(env, {"SQLITE_NOMEM", "out of memory"});
  }
}

}  // namespace luaskills::node
