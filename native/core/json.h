// JSON text <-> Lua values, directly on a Lua stack, with no tree in between (docs/values.md has the rules).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "text_buffer.h"
#include "utf8.h"

struct lua_State;

namespace luaskills::core {

// Nesting of arrays and objects that both directions accept.
inline constexpr int kMaxJsonDepth = 128;

// What went wrong: reading gives a byte offset, writing gives a path such as `result.items[3].cb`.
struct JsonError {
  std::string message;     // complete text, without offset or path
  std::string path;        // writer: where, starting with the root name; empty for the reader
  std::size_t offset = 0;  // reader: byte offset into the text
};

// Shared by every VM: a lightuserdata with this address is `json.null`.
inline constexpr void* kJsonNull = nullptr;

struct JsonReadOptions {
  bool keep_null = false;  // null becomes the kJsonNull lightuserdata; otherwise nil
  bool int64 = false;  // integers beyond +-2^53 become int64_t/uint64_t cdata; otherwise the nearest double
  bool mark_empty = false;  // `{}` and `[]` come with their marks, so that they write back as they were
  const std::atomic<std::uint32_t>* stop = nullptr;  // polled; non-zero ends the conversion with kStopped
};

struct JsonWriteOptions {
  bool sort_keys = false;                            // byte order; otherwise table order
  std::string_view root = "value";                   // first step of error paths
  std::size_t max_bytes = std::size_t{512} << 20;    // of this value; V8 cannot hold longer strings
  const std::atomic<std::uint32_t>* stop = nullptr;  // polled; non-zero ends the conversion with kStopped
};

enum class JsonStatus { kOk, kInvalid, kStopped };

// Registers the metatables behind `json.object()` and `json.array()` in the registry of a fresh VM. May
// raise.
void json_open(lua_State* L);
// Marks the table at `index` (absolute or relative): its metatable is replaced. May raise.
void json_mark_object(lua_State* L, int index);
void json_mark_array(lua_State* L, int index);

// Parses `text` and pushes exactly one value; pushes nothing unless kOk. May raise Lua's memory error and run
// finalizers, so it runs inside a protected call; `text` and `error` must outlive that call.
// With `int64` the VM must have opened the ffi library (kInvalid otherwise), with `mark_empty` json_open must
// have run.
JsonStatus json_read(lua_State* L, std::string_view text, const JsonReadOptions& options, JsonError& error);

// Appends the JSON text of the value at `index` (no pseudo-index) to `out`. Never calls metamethods,
// allocates nothing in the VM and leaves the stack as it was. Unless kOk, `out` is as it was. json_open must
// have run.
JsonStatus json_write(lua_State* L, int index, TextBuffer& out, const JsonWriteOptions& options,
                      JsonError& error);

}  // namespace luaskills::core
