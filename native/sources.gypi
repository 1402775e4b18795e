{
  "variables": {
    "core_sources": [
      "native/core/hook_arming.cc",
      "native/core/json_reader.cc",
      "native/core/json_writer.cc"
    ],
    "node_sources": [
      "native/node/addon.cc"
    ]
  }
}
