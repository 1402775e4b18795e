{
  "variables": {
    "core_sources": [
      "native/core/hook_arming.cc",
      "native/core/json_keys.cc",
      "native/core/json_marks.cc",
      "native/core/json_path.cc",
      "native/core/json_reader.cc",
      "native/core/json_string.cc",
      "native/core/json_writer.cc",
      "native/core/number_text.cc",
      "native/core/utf8.cc"
    ],
    "node_sources": [
      "native/node/addon.cc"
    ]
  }
}
