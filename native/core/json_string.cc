#include "json_string.h"

#include <cstddef>
#include <cstring>

#include "json_plain.h"
#include "utf8.h"

namespace luaskills::core {

namespace {

constexpr const char* kUnexpectedEnd = "unexpected end of the text in a string";
constexpr const char* kLoneSurrogate = "lone surrogate in a string";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The 4 hex digits at `p`, or -1.
int hex4_value(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(p[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// `p` is at a backslash. Returns the length of the escape, or 0 with `error` set.
std::ptrdiff_t check_escape(const char* p, const char* end, const char*& error) {
  if (end - p < 2) {
    error = kUnexpectedEnd;
    return 0;
  }
  if (p[1] != 'u') {
    if (std::memchr("\"\\/bfnrt", p[1], 8) != nullptr) return 2;
    error = "unknown escape in a string";
    return 0;
  }
  const int unit = hex4_value(p + 2, end);
  if (unit < 0) {
    error = "\\u needs four hexadecimal digits";
    return 0;
  }
  if (!is_high_surrogate(unit)) {
    if (!is_low_surrogate(unit)) return 6;
  } else if (end - p >= 12 && p[6] == '\\' && p[7] == 'u' && is_low_surrogate(hex4_value(p + 8, end))) {
    return 12;
  }
  error = kLoneSurrogate;
  return 0;
}

// `p` is at the backslash of a checked escape; returns the position behind it.
const char* unescape_one(const char* p, char*& out) {
  if (p[1] != 'u') {
    constexpr char kLetters[] = "bfnrt";
    constexpr char kMeanings[] = "\b\f\n\r\t";
    const auto* letter = static_cast<const char*>(std::memchr(kLetters, p[1], 5));
    *out++ = letter != nullptr ? kMeanings[letter - kLetters] : p[1];
    return p + 2;
  }
  const int unit = hex4_value(p + 2, p + 6);
  if (!is_high_surrogate(unit)) {
    out = utf8_encode(out, static_cast<char32_t>(unit));
    return p + 6;
  }
  const int low = hex4_value(p + 8, p + 12);
  out = utf8_encode(out, static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
  return p + 12;
}

}  // namespace

StringText check_string(const char* p, const char* end) {
  bool escaped = false;
  for (;; p = skip_plain(p, end)) {
    if (p == end) return {p, kUnexpectedEnd, escaped};
    const auto c = static_cast<unsigned char>(*p);
    if (c == '"') return {p, nullptr, escaped};
    if (c == '\\') {
      escaped = true;
      const char* error = nullptr;
      const std::ptrdiff_t length = check_escape(p, end, error);
      if (length == 0) return {error == kUnexpectedEnd ? end : p, error, escaped};
      p += length;
    } else if (c < 0x20) {
      return {p, "a control character in a string must be written as an escape", escaped};
    } else {
      do {
        const int length = utf8_sequence_length(p, end);
        if (length == 0) return {p, "invalid UTF-8 in a string", escaped};
        p += length;
      } while (p != end && static_cast<unsigned char>(*p) >= 0x80);
    }
  }
}

char* unescape_string(char* out, const char* p, const char* end) {
  while (p != end) {
    const auto* escape = static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p)));
    const char* stop = escape != nullptr ? escape : end;
    std::memcpy(out, p, static_cast<std::size_t>(stop - p));
    out += stop - p;
    p = escape != nullptr ? unescape_one(stop, out) : end;
  }
  return out;
}

}  // namespace luaskills::core
