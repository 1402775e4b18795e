// The benchmark's floor: the least one can do by hand over Node-API and the Lua C API. One lua_State, unprotected
// conversions, no deadline, no memory limit, no migration: what our figures are compared with, never something to ship.
#include <node_api.h>

#include <string>
#include <vector>

#include "lua.hpp"

namespace {

lua_State* StateOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<lua_State*>(data);
}

std::string TextOf(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

std::vector<napi_value> Arguments(napi_env env, napi_callback_info info, size_t count) {
  std::vector<napi_value> arguments(count);
  napi_get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr);
  return arguments;
}

napi_value Fail(napi_env env, lua_State* L) {
  napi_throw_error(env, nullptr, lua_tostring(L, -1));
  lua_settop(L, 0);
  return nullptr;
}

// Walks a JS value property by property onto the Lua stack.
void PushWalked(napi_env env, lua_State* L, napi_value value) {
  luaL_checkstack(L, 4, "too deep");
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type == napi_number) {
    double number;
    napi_get_value_double(env, value, &number);
    lua_pushnumber(L, number);
  } else if (type == napi_boolean) {
    bool flag;
    napi_get_value_bool(env, value, &flag);
    lua_pushboolean(L, flag);
  } else if (type == napi_string) {
    const std::string text = TextOf(env, value);
    lua_pushlstring(L, text.data(), text.size());
  } else if (type == napi_object) {
    bool is_array = false;
    napi_is_array(env, value, &is_array);
    uint32_t length = 0;
    napi_value element;
    if (is_array) {
      napi_get_array_length(env, value, &length);
      lua_createtable(L, static_cast<int>(length), 0);
      for (uint32_t i = 0; i < length; ++i) {
        napi_get_element(env, value, i, &element);
        PushWalked(env, L, element);
        lua_rawseti(L, -2, static_cast<int>(i + 1));
      }
      return;
    }
    napi_value keys;
    napi_get_property_names(env, value, &keys);
    napi_get_array_length(env, keys, &length);
    lua_createtable(L, 0, static_cast<int>(length));
    for (uint32_t i = 0; i < length; ++i) {
      napi_value key;
      napi_get_element(env, keys, i, &key);
      PushWalked(env, L, key);
      napi_get_property(env, value, key, &element);
      PushWalked(env, L, element);
      lua_rawset(L, -3);
    }
  } else {
    lua_pushnil(L);
  }
}

// Builds a JS value property by property from the Lua value at `index`.
napi_value BuildWalked(napi_env env, lua_State* L, int index) {
  luaL_checkstack(L, 4, "too deep");
  napi_value value = nullptr;
  switch (lua_type(L, index)) {
    case LUA_TNUMBER:
      napi_create_double(env, lua_tonumber(L, index), &value);
      return value;
    case LUA_TBOOLEAN:
      napi_get_boolean(env, lua_toboolean(L, index) != 0, &value);
      return value;
    case LUA_TSTRING: {
      size_t length = 0;
      const char* text = lua_tolstring(L, index, &length);
      napi_create_string_utf8(env, text, length, &value);
      return value;
    }
    case LUA_TTABLE: {
      const int table = index < 0 ? lua_gettop(L) + index + 1 : index;
      const size_t length = lua_objlen(L, table);
      if (length > 0) {
        napi_create_array_with_length(env, length, &value);
        for (size_t i = 1; i <= length; ++i) {
          lua_rawgeti(L, table, static_cast<int>(i));
          napi_set_element(env, value, static_cast<uint32_t>(i - 1), BuildWalked(env, L, -1));
          lua_pop(L, 1);
        }
        return value;
      }
      napi_create_object(env, &value);
      lua_pushnil(L);
      while (lua_next(L, table) != 0) {
        napi_set_named_property(env, value, lua_tostring(L, -2), BuildWalked(env, L, -1));
        lua_pop(L, 1);
      }
      return value;
    }
    default:
      napi_get_null(env, &value);
      return value;
  }
}

// load(code): runs a chunk and keeps its first result, a function, under the index 1 of the stack.
napi_value Load(napi_env env, napi_callback_info info) {
  lua_State* L = StateOf(env);
  lua_settop(L, 0);
  const std::string code = TextOf(env, Arguments(env, info, 1)[0]);
  if (luaL_loadbuffer(L, code.data(), code.size(), "=floor") != 0 || lua_pcall(L, 0, 1, 0) != 0) return Fail(env, L);
  return nullptr;
}

// callNumber(n): number in, number out.
napi_value CallNumber(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  lua_State* L = StateOf(env);
  double number;
  napi_get_value_double(env, argument, &number);
  lua_pushvalue(L, 1);
  lua_pushnumber(L, number);
  if (lua_pcall(L, 1, 1, 0) != 0) return Fail(env, L);
  napi_value result;
  napi_create_double(env, lua_tonumber(L, -1), &result);
  lua_pop(L, 1);
  return result;
}

// callWalked(value): any value in, any value out, both walked.
napi_value CallWalked(napi_env env, napi_callback_info info) {
  lua_State* L = StateOf(env);
  lua_pushvalue(L, 1);
  PushWalked(env, L, Arguments(env, info, 1)[0]);
  if (lua_pcall(L, 1, 1, 0) != 0) return Fail(env, L);
  napi_value result = BuildWalked(env, L, -1);
  lua_pop(L, 1);
  return result;
}

// createAndClose(): one bare lua_State with every library.
napi_value CreateAndClose(napi_env env, napi_callback_info) {
  lua_State* L = luaL_newstate();
  if (L == nullptr) return nullptr;
  luaL_openlibs(L);
  lua_close(L);
  napi_value done;
  napi_get_undefined(env, &done);
  return done;
}

// createMany(n): n bare states that stay alive until the process ends.
napi_value CreateMany(napi_env env, napi_callback_info info) {
  uint32_t count = 0;
  napi_get_value_uint32(env, Arguments(env, info, 1)[0], &count);
  for (uint32_t i = 0; i < count; ++i) luaL_openlibs(luaL_newstate());
  return nullptr;
}

napi_value Init(napi_env env, napi_value exports) {
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  napi_set_instance_data(
      env, L, [](napi_env, void* state, void*) { lua_close(static_cast<lua_State*>(state)); }, nullptr);
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"load", Load},
                   {"callNumber", CallNumber},
                   {"callWalked", CallWalked},
                   {"createAndClose", CreateAndClose},
                   {"createMany", CreateMany}};
  for (const auto& [name, function] : functions) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    napi_set_named_property(env, exports, name, value);
  }
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
