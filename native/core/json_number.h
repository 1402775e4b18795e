// JSON's number syntax and what a number's text is worth. Inline because every number of a document passes
// here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "luajit_internals.h"
#include "number_text.h"

namespace luaskills::core {

inline constexpr std::uint64_t kInt64MinMagnitude = std::uint64_t{1} << 63;

// A scanned number: +-mantissa * 10^exponent as long as there are at most 19 digits; then the mantissa wraps
// around.
struct NumberText {
  const char* end;    // behind the number, or where the error is
  const char* error;  // only set when scanning failed
  std::uint64_t mantissa;
  std::ptrdiff_t digits;  // before and behind the decimal point
  int exponent;
  bool negative;
  bool is_integer;  // written without fraction and exponent
};

inline bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

// Scans the number at `p`; false when there is none that JSON allows.
LJ_AINLINE bool scan_number(const char* p, const char* end, NumberText& text) {
  const auto fail = [&text](const char* at, const char* error) {
    text.end = at;
    text.error = error;
    return false;
  };
  text.negative = *p == '-';
  if (text.negative) ++p;
  if (p == end || !is_digit(*p)) {
    return fail(p, text.negative ? "expected a digit after the minus sign" : "expected a value");
  }
  const char* start = p;
  std::uint64_t mantissa = 0;
  if (*p == '0') {
    ++p;
    if (p != end && is_digit(*p)) return fail(p, "a number must not start with 0");
  } else {
    do {
      mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p++ - '0');
    } while (p != end && is_digit(*p));
  }
  text.digits = p - start;
  text.is_integer = p == end || (*p != '.' && (*p | 0x20) != 'e');
  text.exponent = 0;
  if (!text.is_integer && *p == '.') {
    const char* fraction = ++p;
    while (p != end && is_digit(*p)) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p++ - '0');
    const std::ptrdiff_t decimals = p - fraction;
    if (decimals == 0) return fail(p, "expected a digit after the decimal point");
    text.digits += decimals;
    text.exponent = decimals > 1000 ? -1000 : -static_cast<int>(decimals);  // exact as long as it is used
  }
  if (!text.is_integer && p != end && (*p | 0x20) == 'e') {
    ++p;
    const bool minus = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    if (p == end || !is_digit(*p)) return fail(p, "expected a digit in the exponent");
    int written = 0;
    do {
      if (written < 10000) written = written * 10 + (*p - '0');
      ++p;
    } while (p != end && is_digit(*p));
    text.exponent += minus ? -written : written;
  }
  text.mantissa = mantissa;
  text.end = p;
  return true;
}

// Whether the mantissa is that of the text. 20 digits fit when they start with 1 and did not wrap around
// below 10^19.
inline bool is_exact(const NumberText& text) {
  if (text.digits <= 19) return true;
  return text.is_integer && text.digits == 20 && text.end[-20] == '1' &&
         text.mantissa >= 10000000000000000000u;
}

// Whether this is an integer beyond +-2^53 that fits int64_t or uint64_t.
inline bool is_big_int64(const NumberText& text) {
  if (!text.is_integer || !is_exact(text) || text.mantissa <= (std::uint64_t{1} << 53)) return false;
  return !text.negative || text.mantissa <= kInt64MinMagnitude;
}

// The nearest double of the number that was scanned from `p` on.
inline double number_value(const char* p, const NumberText& text) {
  constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  double value;
  if (text.is_integer && is_exact(text)) {
    value = static_cast<double>(text.mantissa);  // rounds once, to the nearest
  } else if (text.digits <= 19 && text.mantissa <= (std::uint64_t{1} << 53) && text.exponent >= -22 &&
             text.exponent <= 22) {
    // Clinger's fast path: both operands are exact doubles, so the one rounding gives the nearest double.
    value = static_cast<double>(text.mantissa);
    value = text.exponent < 0 ? value / kPowersOfTen[-text.exponent] : value * kPowersOfTen[text.exponent];
  } else {
    return read_double(p, text.end);
  }
  return text.negative ? -value : value;
}

}  // namespace luaskills::core
