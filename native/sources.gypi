{
  "variables": {
    "luajit_defines": ["LUAJIT_ENABLE_CHECKHOOK", "LUAJIT_ENABLE_LUA52COMPAT", "LUAJIT_DISABLE_PROFILE"],
    "luajit_assert_defines": ["LUAJIT_USE_SYSMALLOC", "LUA_USE_ASSERT", "LUA_USE_APICHECK"],
    "core_sources": [
      "native/core/hook_arming.cc",
      "native/core/json_reader.cc",
      "native/core/json_writer.cc"
    ],
    "node_sources": ["native/node/addon.cc"]
  }
}
