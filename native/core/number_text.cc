#include "number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "luajit_internals.h"

namespace luaskills::core {

namespace {

struct DigitPairs {
  char text[200];
  constexpr DigitPairs() : text() {
    for (int i = 0; i < 100; ++i) {
      text[2 * i] = static_cast<char>('0' + i / 10);
      text[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
  }
};
constexpr DigitPairs kDigitPairs;

int count_digits(std::uint64_t value) {
  int digits = 1;
  for (;;) {
    if (value < 10) return digits;
    if (value < 100) return digits + 1;
    if (value < 1000) return digits + 2;
    if (value < 10000) return digits + 3;
    value /= 10000;
    digits += 4;
  }
}

// Digits and exponent of the shortest decimal that reads back as `value` (finite and positive).
struct Decimal {
  char digits[24];
  int count;
  int point;  // value = 0.DIGITS * 10^point
};

Decimal shortest_decimal(double value) {
  char text[kMaxNumberText];
  const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  Decimal decimal{};
  const char* p = text;
  for (; *p != 'e'; ++p) {
    if (*p != '.') decimal.digits[decimal.count++] = *p;
  }
  ++p;  // from_chars reads a minus but no plus
  if (*p == '+') ++p;
  int exponent = 0;
  std::from_chars(p, end, exponent);
  decimal.point = exponent + 1;
  return decimal;
}

char* append(char* out, const char* text, int count) {
  std::memcpy(out, text, static_cast<std::size_t>(count));
  return out + count;
}

char* append_zeros(char* out, int count) {
  std::memset(out, '0', static_cast<std::size_t>(count));
  return out + count;
}

// Step names follow ECMA-262, Number::toString: n is `point`, k is `count`.
char* write_decimal(char* out, const Decimal& d) {
  const int n = d.point;
  if (d.count <= n && n <= 21) return append_zeros(append(out, d.digits, d.count), n - d.count);
  if (0 < n && n <= 21) {
    out = append(out, d.digits, n);
    *out++ = '.';
    return append(out, d.digits + n, d.count - n);
  }
  if (-6 < n && n <= 0) {
    *out++ = '0';
    *out++ = '.';
    return append(append_zeros(out, -n), d.digits, d.count);
  }
  *out++ = d.digits[0];
  if (d.count > 1) {
    *out++ = '.';
    out = append(out, d.digits + 1, d.count - 1);
  }
  *out++ = 'e';
  *out++ = n > 0 ? '+' : '-';
  return write_uint64(out, static_cast<std::uint64_t>(n > 0 ? n - 1 : 1 - n));
}

// Most fractions in documents have few decimals (prices, coordinates). When value = m / 10^k with m < 10^15,
// that decimal is the shortest one, because two decimals of up to 15 digits never share a double; the
// division rounds correctly as both operands are exact. Returns null when the value is not of that kind.
char* write_short_fraction(char* out, double value, double power, int decimals) {
  const double scaled = value * power;
  if (!(scaled < 1e15)) return nullptr;
  const auto m = static_cast<std::int64_t>(scaled + 0.5);
  if (m == 0 || static_cast<double>(m) / power != value) return nullptr;
  const auto divisor = static_cast<std::int64_t>(power);
  out = write_uint64(out, static_cast<std::uint64_t>(m / divisor));
  auto fraction = m % divisor;
  *out++ = '.';
  for (int i = decimals - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  out += decimals;
  while (out[-1] == '0') --out;  // a fraction that is zero altogether was written as an integer before
  return out;
}

// The position of the decimal point relative to the first digit that is not zero, exponent included: how
// large the JSON number [p, end) is as a power of ten. Zero for a number whose digits are all zero.
std::int64_t magnitude_of(const char* p, const char* end) {
  std::int64_t magnitude = 0;
  bool fraction = false;
  bool significant = false;
  for (; p != end && (*p | 0x20) != 'e'; ++p) {
    if (*p == '.') {
      fraction = true;
    } else if (*p != '-') {
      significant |= *p != '0';
      if (significant && !fraction) ++magnitude;
      if (!significant && fraction) --magnitude;
    }
  }
  if (!significant || p == end) return significant ? magnitude : 0;
  ++p;
  const bool negative = *p == '-';
  std::int64_t exponent = 0;
  for (; p != end; ++p) {
    if (*p >= '0' && *p <= '9' && exponent < 1000000000) exponent = exponent * 10 + (*p - '0');
  }
  return magnitude + (negative ? -exponent : exponent);
}

}  // namespace

char* write_uint64(char* out, std::uint64_t value) {
  const int digits = count_digits(value);
  char* p = out + digits;
  while (value >= 100) {
    p -= 2;
    std::memcpy(p, kDigitPairs.text + 2 * (value % 100), 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(p - 2, kDigitPairs.text + 2 * value, 2);
  } else {
    p[-1] = static_cast<char>('0' + value);
  }
  return out + digits;
}

char* write_int64(char* out, std::int64_t value) {
  if (value >= 0) return write_uint64(out, static_cast<std::uint64_t>(value));
  *out++ = '-';
  return write_uint64(out, std::uint64_t{0} - static_cast<std::uint64_t>(value));
}

char* write_double(char* out, double value) {
  if (std::fabs(value) <= kMaxSafeInteger) {
    const auto integer = static_cast<std::int64_t>(value);
    if (static_cast<double>(integer) == value) return write_int64(out, integer);
  }
  if (value < 0) {
    *out++ = '-';
    value = -value;
  }
  // Below 1e-6 the ECMAScript form has an exponent.
  if (value >= 1e-6) {
    if (char* end = write_short_fraction(out, value, 1e3, 3)) return end;
    if (char* end = write_short_fraction(out, value, 1e6, 6)) return end;
  }
  return write_decimal(out, shortest_decimal(value));
}

char* write_number_key(char* out, double value) {
  if (!std::isinf(value)) return write_double(out, value);
  return value < 0 ? append(out, "-inf", 4) : append(out, "inf", 3);
}

double read_double(const char* p, const char* end) {
#ifdef __cpp_lib_to_chars
  double value = 0;
  if (std::from_chars(p, end, value).ec == std::errc()) return value;
#endif
  // Out of range, or a standard library without floating-point from_chars: LuaJIT's scanner, which also
  // rounds correctly but takes several times longer. It looks at the byte behind the number, so it gets a
  // copy.
  const std::string text(p, end);
  TValue result;
  if (lj_strscan_scan(reinterpret_cast<const std::uint8_t*>(text.c_str()), static_cast<MSize>(text.size()),
                      &result, STRSCAN_OPT_TONUM) == STRSCAN_NUM) {
    return result.n;
  }
  // An exponent beyond what it takes; the nearest double is an infinity or zero.
  const double magnitude = magnitude_of(p, end) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return *p == '-' ? -magnitude : magnitude;
}

}  // namespace luaskills::core
