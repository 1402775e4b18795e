// Node-API without its ceremony: every status is checked, a failed call leaves its JavaScript exception
// pending.
#pragma once

#include <node_api.h>

#include <optional>
#include <string>
#include <string_view>

namespace luaskills::node {

// Thrown inside a callback when a Node-API call failed; guarded() turns it into the pending JavaScript
// exception.
struct JsException {};

inline void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  const char* message =
      info != nullptr && info->error_message != nullptr ? info->error_message : "a Node-API call failed";
  bool pending = true;
  if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
    napi_throw_error(env, nullptr, message);
  throw JsException();
}

// The body of a callback: C++ exceptions end here.
template <typename Body>
napi_value guarded(napi_env env, Body&& body) noexcept {
  try {
    return body();
  } catch (const JsException&) {
    return nullptr;
  } catch (const std::exception& error) {
    bool pending = false;
    if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
      napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

inline napi_value undefined(napi_env env) {
  napi_value value = nullptr;
  check(env, napi_get_undefined(env, &value));
  return value;
}

inline napi_value null(napi_env env) {
  napi_value value = nullptr;
  check(env, napi_get_null(env, &value));
  return value;
}

inline napi_value boolean(napi_env env, bool flag) {
  napi_value value = nullptr;
  check(env, napi_get_boolean(env, flag, &value));
  return value;
}

inline napi_value number(napi_env env, double number) {
  napi_value value = nullptr;
  check(env, napi_create_double(env, number, &value));
  return value;
}

inline napi_value string(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  check(env, napi_create_string_utf8(env, text.data(), text.size(), &value));
  return value;
}

inline napi_valuetype type_of(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  check(env, napi_typeof(env, value, &type));
  return type;
}

inline double to_double(napi_env env, napi_value value) {
  double result = 0;
  check(env, napi_get_value_double(env, value, &result));
  return result;
}

inline bool to_bool(napi_env env, napi_value value) {
  bool result = false;
  check(env, napi_get_value_bool(env, value, &result));
  return result;
}

// Reads a string once into `buffer`, growing it only when the text does not fit.
inline std::string_view to_text(napi_env env, napi_value value, std::string& buffer) {
  if (buffer.size() < 256) buffer.resize(256);
  std::size_t length = 0;
  check(env, napi_get_value_string_utf8(env, value, buffer.data(), buffer.size(), &length));
  if (length + 4 >= buffer.size()) {  // perhaps cut: a character takes at most 4 bytes
    check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length));
    buffer.resize(length + 8);
    check(env, napi_get_value_string_utf8(env, value, buffer.data(), buffer.size(), &length));
  }
  return {buffer.data(), length};
}

inline std::string to_string(napi_env env, napi_value value) {
  std::string buffer;
  return std::string(to_text(env, value, buffer));
}

inline napi_value from_reference(napi_env env, napi_ref reference) {
  napi_value value = nullptr;
  check(env, napi_get_reference_value(env, reference, &value));
  return value;
}

class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) { check(env, napi_open_handle_scope(env, &scope_)); }
  ~HandleScope() { napi_close_handle_scope(env_, scope_); }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

}  // namespace luaskills::node
