// Recently read short strings, so that `"a"`, `"EUR"` or `"active"` need not be looked up in the VM every
// time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "luajit_internals.h"

namespace luaskills::core {

// Holds plain pointers into the VM: forget() must follow a collection.
class ShortStrings {
 public:
  static constexpr std::size_t kMaxLength = 8;

  void forget() { entries_.fill({}); }

  // The string of `length` (1 to kMaxLength) bytes at `p`, none of them zero; 8 bytes can be read there.
  GCstr* get(lua_State* L, const char* p, std::size_t length) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    word &= ~std::uint64_t{0} >> (64 - 8 * length);
    // Without zero bytes the word says the length, too.
    Entry& entry = entries_[(word * 0x9E3779B97F4A7C15u) >> (64 - kIndexBits)];
    if (entry.word != word) entry = {word, lj_str_new(L, p, length)};
    return entry.string;
  }

 private:
  static constexpr int kIndexBits = 5;
  struct Entry {
    std::uint64_t word = 0;
    GCstr* string = nullptr;
  };
  std::array<Entry, std::size_t{1} << kIndexBits> entries_;
};

}  // namespace luaskills::core
