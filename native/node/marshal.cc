#include "node/marshal.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "core/crossing.h"
#include "core/describe_failure.h"
#include "core/protected_call.h"
#include "core/run.h"
#include "core/vm.h"
#include "node/napi_calls.h"

namespace luaskills::node {
namespace {

using core::FailureCode;

// Room that a fresh coroutine's stack has anyway.
constexpr std::size_t kUncheckedArguments = 16;

napi_value text_to_js(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  check(env, core::is_ascii(text) ? napi_create_string_latin1(env, text.data(), text.size(), &value)
                                  : napi_create_string_utf8(env, text.data(), text.size(), &value));
  return value;
}

// V8 writes U+FFFD for a lone surrogate. The JSON path reports it instead of changing the text.
bool may_hide_lone_surrogate(std::string_view text) {
  return text.find("\xEF\xBF\xBD") != std::string_view::npos;
}

// The bytes of a Uint8Array, which are a string in Lua.
std::optional<std::string> bytes_of(napi_env env, napi_value value) {
  bool typed = false;
  check(env, napi_is_typedarray(env, value, &typed));
  if (!typed) return std::nullopt;
  napi_typedarray_type type = napi_int8_array;
  std::size_t length = 0;
  void* data = nullptr;
  check(env, napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr));
  if (type != napi_uint8_array) return std::nullopt;
  return length == 0 ? std::string() : std::string(static_cast<const char*>(data), length);
}

// False, with nothing pushed, for everything that is not a number, boolean, null or undefined.
bool push_primitive(napi_env env, lua_State* co, napi_value value, napi_valuetype type) {
  switch (type) {
    case napi_number:
      lua_pushnumber(co, to_double(env, value));
      return true;
    case napi_boolean:
      lua_pushboolean(co, to_bool(env, value) ? 1 : 0);
      return true;
    case napi_null:
    case napi_undefined:
      lua_pushnil(co);
      return true;
    default:
      return false;
  }
}

napi_value encode(Environment& environment, napi_value value, std::string_view root) {
  return environment.call_helper(JsHelper::kEncode, {value, string(environment.env(), root)});
}

std::string root_of(std::string_view root, std::size_t position) {
  return root.empty() ? "args[" + std::to_string(position) + "]" : std::string(root);
}

[[noreturn]] void throw_push_failure(Environment& environment, lua_State* L, int status,
                                     std::string_view root) {
  if (status == LUA_ERRMEM) environment.throw_failure(core::out_of_memory());
  const std::string message =
      lua_isstring(L, -1) != 0 ? lua_tostring(L, -1) : "the arguments could not be converted";
  lua_settop(L, 0);
  environment.throw_failure(FailureCode::kConvert,
                            std::string(root.empty() ? "args" : root) + ": " + message);
}

int push_protected(core::Vm& vm, lua_State* co, const core::Values& values) {
  lua_State* L = vm.state();
  const int count = static_cast<int>(values.size());
  return core::protected_call(L, [&] {
    luaL_checkstack(L, count + 4, "too many arguments");
    for (const core::Value& value : values) core::push_value(L, value);
    if (lua_checkstack(co, count) == 0) luaL_error(L, "too many arguments");
    lua_xmove(L, co, count);
  });
}

enum class TextIs { kString, kJson };

void push_text(Environment& environment, core::Vm& vm, lua_State* co, std::string_view text, TextIs kind,
               std::string_view root) {
  lua_State* L = vm.state();
  core::JsonError error;
  auto read = core::JsonStatus::kOk;
  const int status = core::protected_call(L, [&] {
    if (kind == TextIs::kJson) {
      read = core::json_read(L, text, {}, error);
      if (read != core::JsonStatus::kOk) return;
    } else {
      lua_pushlstring(L, text.data(), text.size());
    }
    lua_xmove(L, co, 1);
  });
  if (read != core::JsonStatus::kOk) {
    environment.throw_failure(FailureCode::kConvert, root_of(root, 0) + ": " + error.message + " at byte " +
                                                         std::to_string(error.offset) + " of its JSON text");
  }
  if (status != 0) throw_push_failure(environment, L, status, root);
}

}  // namespace

void push_json_argument(Environment& environment, core::Vm& vm, lua_State* co, napi_value text) {
  push_text(environment, vm, co, to_text(environment.env(), text, environment.text_buffer()), TextIs::kJson,
            {});
}

void push_arguments(Environment& environment, core::Vm& vm, lua_State* co,
                    std::span<const napi_value> arguments, std::string_view root) {
  napi_env env = environment.env();
  if (arguments.size() <= kUncheckedArguments) [[likely]] {
    std::size_t pushed = 0;
    napi_valuetype type = napi_undefined;
    while (pushed < arguments.size()) {
      type = type_of(env, arguments[pushed]);
      if (!push_primitive(env, co, arguments[pushed], type)) break;
      pushed++;
    }
    if (pushed == arguments.size()) return;
    lua_pop(co, static_cast<int>(pushed));
    // One argument that is not primitive is by far the most common call: no vector, no copy of its text.
    if (arguments.size() == 1) {
      napi_value value = arguments[0];
      std::optional<std::string> bytes;
      if (type == napi_object) bytes = bytes_of(env, value);
      if (bytes) {
        push_text(environment, vm, co, *bytes, TextIs::kString, root);
        return;
      }
      if (type == napi_string) {
        const std::string_view text = to_text(env, value, environment.text_buffer());
        if (!may_hide_lone_surrogate(text)) {
          push_text(environment, vm, co, text, TextIs::kString, root);
          return;
        }
      }
      value = encode(environment, value, root_of(root, 0));
      push_text(environment, vm, co, to_text(env, value, environment.text_buffer()), TextIs::kJson, root);
      return;
    }
  }
  core::Values values;
  values.reserve(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); i++)
    values.push_back(copy_value(environment, arguments[i], root_of(root, i)));
  const int status = push_protected(vm, co, values);
  if (status != 0) throw_push_failure(environment, vm.state(), status, root);
}

core::Value copy_value(Environment& environment, napi_value value, std::string_view root) {
  napi_env env = environment.env();
  const napi_valuetype type = type_of(env, value);
  switch (type) {
    case napi_undefined:
    case napi_null:
      return core::Value::nil();
    case napi_boolean:
      return core::Value::of(to_bool(env, value));
    case napi_number:
      return core::Value::of(to_double(env, value));
    case napi_string: {
      std::string text = to_string(env, value);
      if (!may_hide_lone_surrogate(text)) return core::Value::string(std::move(text));
      break;
    }
    case napi_object:
      if (auto bytes = bytes_of(env, value)) return core::Value::string(*std::move(bytes));
      break;
    default:
      break;
  }
  // Objects, and the errors for what cannot cross, are the business of src/vm/encode.ts.
  return core::Value::json(to_string(env, encode(environment, value, root)));
}

bool push_values(core::Vm& vm, lua_State* co, const core::Values& values) {
  const int status = push_protected(vm, co, values);
  if (status != 0) lua_settop(vm.state(), 0);
  return status == 0;
}

napi_value to_js(Environment& environment, core::Run& run, lua_State* L, int index, std::string_view name) {
  napi_env env = environment.env();
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      return null(env);
    case LUA_TBOOLEAN:
      return boolean(env, lua_toboolean(L, index) != 0);
    case LUA_TNUMBER: {
      const double value = lua_tonumber(L, index);
      return std::isfinite(value) ? number(env, value) : null(env);
    }
    case LUA_TSTRING: {
      std::size_t length = 0;
      const char* text = lua_tolstring(L, index, &length);
      const std::string_view view(text, length);
      if (core::is_ascii(view)) {
        napi_value value = nullptr;
        check(env, napi_create_string_latin1(env, text, length, &value));
        return value;
      }
      if (!core::is_utf8(view)) {
        environment.throw_failure(FailureCode::kConvert,
                                  std::string(name) + ": cannot convert a string that is not valid UTF-8");
      }
      return string(env, view);
    }
    default:
      break;
  }
  core::TextBuffer& text = environment.json_buffer();
  text.clear();
  core::JsonError error;
  core::JsonWriteOptions options;
  options.root = name;
  options.stop = run.stop_flag();
  switch (core::json_write(L, index, text, options, error)) {
    case core::JsonStatus::kOk:
      break;
    case core::JsonStatus::kInvalid:
      environment.throw_failure(FailureCode::kConvert, core::describe(error));
    case core::JsonStatus::kStopped:
      environment.throw_failure(core::describe_kill(run));
  }
  return environment.call_helper(JsHelper::kParse, {text_to_js(env, text.view())});
}

napi_value to_js(Environment& environment, const core::Value& value) {
  napi_env env = environment.env();
  switch (value.kind) {
    case core::Value::Kind::kNil:
      return null(env);
    case core::Value::Kind::kBoolean:
      return boolean(env, value.boolean);
    case core::Value::Kind::kNumber:
      return number(env, value.number);
    case core::Value::Kind::kString:
      return text_to_js(env, value.text);
    case core::Value::Kind::kBytes: {
      napi_value buffer = nullptr;
      check(env, napi_create_buffer_copy(env, value.text.size(), value.text.data(), nullptr, &buffer));
      return buffer;
    }
    case core::Value::Kind::kOpaque:
      return environment.call_helper(JsHelper::kOpaque, {string(env, value.text)});
    case core::Value::Kind::kJson:
      break;
  }
  return environment.call_helper(JsHelper::kParse, {text_to_js(env, value.text)});
}

}  // namespace luaskills::node
