{
  "variables": {
    "luajit_defines": [
      "LUAJIT_ENABLE_CHECKHOOK",
      "LUAJIT_ENABLE_LUA52COMPAT",
      "LUAJIT_DISABLE_PROFILE"
    ],
    "luajit_assert_defines": [
      "LUAJIT_USE_SYSMALLOC",
      "LUA_USE_ASSERT",
      "LUA_USE_APICHECK"
    ],
    "core_sources": [
      "native/core/bootstrap_cache.cc",
      "native/core/crossing.cc",
      "native/core/describe_failure.cc",
      "native/core/guards.cc",
      "native/core/hook_arming.cc",
      "native/core/json_keys.cc",
      "native/core/json_library.cc",
      "native/core/json_marks.cc",
      "native/core/json_path.cc",
      "native/core/json_reader.cc",
      "native/core/json_string.cc",
      "native/core/json_writer.cc",
      "native/core/lanes.cc",
      "native/core/memory_limit.cc",
      "native/core/number_text.cc",
      "native/core/run.cc",
      "native/core/thread_stack.cc",
      "native/core/user_hook.cc",
      "native/core/utf8.cc",
      "native/core/vm.cc",
      "native/core/vm_internals.cc",
      "native/core/watchdog.cc"
    ],
    "node_sources": [
      "native/node/addon.cc",
      "native/node/call_options.cc",
      "native/node/environment.cc",
      "native/node/function_binding.cc",
      "native/node/host_functions.cc",
      "native/node/invocation.cc",
      "native/node/js_tokenizer.cc",
      "native/node/marshal.cc",
      "native/node/native_class.cc",
      "native/node/native_cursor.cc",
      "native/node/native_sqlite.cc",
      "native/node/node_vm.cc"
    ],
    "sqlite_sources": [
      "native/sqlite/base64.cc",
      "native/sqlite/column_values.cc",
      "native/sqlite/connection.cc",
      "native/sqlite/cursor.cc",
      "native/sqlite/error.cc",
      "native/sqlite/extension.cc",
      "native/sqlite/json_pull.cc",
      "native/sqlite/json_text.cc",
      "native/sqlite/parameters.cc",
      "native/sqlite/request.cc",
      "native/sqlite/rows.cc",
      "native/sqlite/statement.cc",
      "native/sqlite/statements.cc",
      "native/sqlite/tokenizer.cc"
    ]
  }
}
