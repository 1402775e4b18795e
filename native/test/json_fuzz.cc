// libFuzzer target for the JSON reader: whatever it accepts must write, and the written text must be read and
// written again to the same text. Run it over native/test/corpus/json.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "../core/json.h"
#include "../core/luajit_internals.h"

namespace {

using namespace luaskills::core;

struct Input {
  std::string_view text;
  JsonReadOptions options;
  bool accepted = false;
};

[[noreturn]] void give_up(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s: %s\n", what, detail.c_str());
  std::abort();
}

std::string write_top(lua_State* L, bool sort_keys) {
  TextBuffer out;
  JsonError error;
  if (json_write(L, -1, out, {.sort_keys = sort_keys}, error) != JsonStatus::kOk) {
    give_up("what was read cannot be written", error.path + ": " + error.message);
  }
  return std::string(out.view());
}

void read_or_give_up(lua_State* L, const std::string& text) {
  JsonError error;
  const JsonReadOptions faithful{.keep_null = true, .int64 = true, .mark_empty = true};
  if (json_read(L, text, faithful, error) != JsonStatus::kOk)
    give_up("what was written cannot be read", error.message);
}

int run(lua_State* L) {
  auto* input = static_cast<Input*>(lua_touserdata(L, 1));
  JsonError error;
  if (json_read(L, input->text, input->options, error) != JsonStatus::kOk) {
    if (error.offset > input->text.size()) give_up("offset beyond the text", error.message);
    return 0;
  }
  input->accepted = true;
  write_top(L, false);
  const std::string first = write_top(L, true);
  read_or_give_up(L, first);
  if (const std::string second = write_top(L, true); first != second)
    give_up("text changed", first + "\n" + second);
  lua_gc(L, LUA_GCCOLLECT, 0);
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::unique_ptr<lua_State, void (*)(lua_State*)> vm(luaL_newstate(), lua_close);
  lua_State* L = vm.get();
  luaopen_ffi(L);  // for 64-bit integers
  json_open(L);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Input plain{text, {}};
  Input faithful{text, {.keep_null = true, .int64 = true, .mark_empty = true}};
  for (Input* input : {&plain, &faithful}) {
    if (lua_cpcall(L, &run, input) != 0) give_up("an error was raised", lua_tostring(L, -1));
  }
  if (plain.accepted != faithful.accepted) give_up("options changed what is JSON", std::string(text));
  return 0;
}
