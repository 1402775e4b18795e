// What the keys of a Lua table say about its JSON form.
#pragma once

#include <cstdint>
#include <string_view>

#include "luajit_internals.h"

namespace luaskills::core {

// The keys as far as they decide between array and object.
struct TableKeys {
  bool positive_integers = true;
  std::uint32_t count = 0;  // valid for positive integers
  std::uint32_t max = 0;    // likewise
  TValue other;             // otherwise: the first key that is not a positive integer

  // A few holes are fine, a sparse table is no array.
  bool is_array() const { return positive_integers && max <= 2 * std::uint64_t{count} + 8; }
};

TableKeys inspect_keys(const GCtab* table);

// Whether `name` is the text of a number key, and of which: the only number that this string key may collide
// with.
bool number_of_key_text(std::string_view name, TValue& number);

}  // namespace luaskills::core
