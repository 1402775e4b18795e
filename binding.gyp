{
  "includes": ["native/sources.gypi"],
  "variables": {
    "luajit": "<(module_root_dir)/native/build/luajit-release-<!(node -p process.platform)-<(target_arch)/src"
  },
  "targets": [
    {
      "target_name": "luajit",
      "type": "none",
      "actions": [
        {
          "action_name": "build_luajit",
          "inputs": ["native/luajit.lock.json", "native/sources.gypi", "scripts/build-luajit.mjs"],
          "outputs": ["<(luajit)/../luaskills-build.sha256"],
          "action": ["node", "scripts/build-luajit.mjs", "--arch", "<(target_arch)"]
        },
        {
          "action_name": "embed_bootstrap",
          "inputs": [
            "scripts/embed-bootstrap.mjs",
            "<!@(node -p \"fs.readdirSync('native/bootstrap').map(name => 'native/bootstrap/' + name).join(' ')\")"
          ],
          "outputs": ["native/build/bootstrap.h"],
          "action": ["node", "scripts/embed-bootstrap.mjs"]
        }
      ]
    },
    {
      "target_name": "luaskills",
      "dependencies": ["luajit"],
      "sources": ["<@(core_sources)", "<@(sqlite_sources)", "<@(node_sources)"],
      "include_dirs": ["native", "native/build", "<(luajit)"],
      "defines": ["NAPI_VERSION=9", "<@(luajit_defines)"],
      "cflags": ["-fvisibility=hidden"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc": [
        "-std=c++20",
        "-flto",
        "-fvisibility-inlines-hidden",
        "-Wall",
        "-Wextra",
        # Mixed enums come from LuaJIT macros; GCC 12 sees overlaps in std::string that are not there (bug 105651).
        "-Wno-deprecated-enum-enum-conversion",
        "-Wno-restrict"
      ],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0"
      },
      "msvs_settings": {
        "VCCLCompilerTool": { "ExceptionHandling": 2, "AdditionalOptions": ["/std:c++20"] }
      },
      "conditions": [
        [
          "OS=='win'",
          { "libraries": ["<(luajit)/lua51.lib"] },
          { "libraries": ["<(luajit)/libluajit.a"] }
        ],
        [
          "OS=='linux'",
          {
            "ldflags": [
              "-static-libstdc++",
              "-flto",
              "-Wl,-Bsymbolic",
              "-Wl,--exclude-libs,ALL",
              "-Wl,--version-script=<(module_root_dir)/native/exports.map",
              "-Wl,-z,noexecstack"
            ]
          }
        ]
      ]
    }
  ]
}
