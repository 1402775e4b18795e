// Numbers as text: integers, the shortest form of a double that reads back as the same double, and the way
// back.
#pragma once

#include <cstdint>

namespace luaskills::core {

// Room that each of the write functions needs.
inline constexpr int kMaxNumberText = 32;

// Largest magnitude up to which every integer is a double of its own: 2^53 - 1.
inline constexpr double kMaxSafeInteger = 9007199254740991.0;

// These write to `out` and return the end of the text; there is no terminator.
char* write_uint64(char* out, std::uint64_t value);
char* write_int64(char* out, std::int64_t value);
// As ECMAScript's Number::toString(value) does: `100000`, `0.5`, `1e+21`, `1e-7`; -0 becomes `0`.
// `value` is finite.
char* write_double(char* out, double value);

// The text of a number as object key: that of write_double, and `inf` and `-inf`, which are possible table
// keys.
char* write_number_key(char* out, double value);

// The double nearest to the decimal number `[p, end)`, which is in JSON's syntax (checked by the caller);
// beyond the range of a double an infinity or a zero of the same sign. Raises nothing, needs no locale.
double read_double(const char* p, const char* end);

}  // namespace luaskills::core
