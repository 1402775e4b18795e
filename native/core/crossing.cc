#include "crossing.h"

#include <cmath>
#include <utility>

namespace luaskills::core {

void push_value(lua_State* L, const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNil:
      lua_pushnil(L);
      return;
    case Value::Kind::kBoolean:
      lua_pushboolean(L, value.boolean ? 1 : 0);
      return;
    case Value::Kind::kNumber:
      lua_pushnumber(L, value.number);
      return;
    case Value::Kind::kString:
    case Value::Kind::kBytes:
      lua_pushlstring(L, value.text.data(), value.text.size());
      return;
    case Value::Kind::kOpaque:
      lua_pushnil(L);
      return;
    case Value::Kind::kJson:
      break;
  }
  bool failed = false;
  {
    JsonError error;
    if (json_read(L, value.text, {}, error) != JsonStatus::kOk) {
      const std::string text = error.message + " at byte " + std::to_string(error.offset);
      lua_pushlstring(L, text.data(), text.size());
      failed = true;
    }
  }
  if (failed) lua_error(L);
}

JsonStatus take_value(lua_State* L, int index, std::string_view name, const std::atomic<std::uint32_t>* stop,
                      Value& value, JsonError& error) {
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      value = Value::nil();
      return JsonStatus::kOk;
    case LUA_TBOOLEAN:
      value = Value::of(lua_toboolean(L, index) != 0);
      return JsonStatus::kOk;
    case LUA_TNUMBER: {
      const double number = lua_tonumber(L, index);
      value = std::isfinite(number) ? Value::of(number) : Value::nil();
      return JsonStatus::kOk;
    }
    case LUA_TSTRING: {
      std::size_t length = 0;
      const char* text = lua_tolstring(L, index, &length);
      if (!is_utf8({text, length})) {
        error = {.message = "cannot convert a string that is not valid UTF-8", .path = std::string(name)};
        return JsonStatus::kInvalid;
      }
      value = Value::string({text, length});
      return JsonStatus::kOk;
    }
    default:
      break;
  }
  TextBuffer text;
  JsonWriteOptions options;
  options.root = name;
  options.stop = stop;
  const JsonStatus status = json_write(L, index, text, options, error);
  if (status == JsonStatus::kOk) value = Value::json(std::string(text.view()));
  return status;
}

std::optional<Value> take_uncrossable(lua_State* L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TSTRING: {
      std::size_t length = 0;
      const char* text = lua_tolstring(L, index, &length);
      return Value::bytes({text, length});
    }
    case LUA_TTABLE:
      return std::nullopt;
    default:
      return Value::opaque(luaL_typename(L, index));
  }
}

std::string path_step(std::string_view name, int position) {
  std::string step(name);
  step += '[';
  // One digit fits std::string's own storage and needs no conversion: nearly every call.
  if (position < 10) {
    step += static_cast<char>('0' + position);
  } else {
    step += std::to_string(position);
  }
  step += ']';
  return step;
}

std::string describe(const JsonError& error) {
  return error.path.empty() ? error.message : error.path + ": " + error.message;
}

}  // namespace luaskills::core
