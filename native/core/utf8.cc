#include "utf8.h"

#include <cstdint>
#include <cstring>

namespace luaskills::core {

namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// The first byte >= 0x80 at or after `p`, or `end`; where exactly only matters to within a word.
const char* skip_ascii_words(const char* p, const char* end) {
  while (end - p >= 16) {
    std::uint64_t words[2];
    std::memcpy(words, p, sizeof words);
    if ((words[0] | words[1]) & kHighBits) break;
    p += 16;
  }
  return p;
}

bool is_continuation(unsigned char c) {
  return (c & 0xC0) == 0x80;
}

}  // namespace

bool is_ascii(std::string_view text) {
  const char* end = text.data() + text.size();
  for (const char* p = skip_ascii_words(text.data(), end); p != end; ++p) {
    if (static_cast<unsigned char>(*p) >= 0x80) return false;
  }
  return true;
}

bool is_utf8(std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  while (p != end) {
    if (static_cast<unsigned char>(*p) < 0x80) {
      const char* next = skip_ascii_words(p, end);
      p = next == p ? p + 1 : next;
      continue;
    }
    const int length = utf8_sequence_length(p, end);
    if (length == 0) return false;
    p += length;
  }
  return true;
}

// The ranges of the second byte are those of table 3-7 of the Unicode standard.
int utf8_sequence_length(const char* p, const char* end) {
  const auto* s = reinterpret_cast<const unsigned char*>(p);
  const auto left = end - p;
  const unsigned char lead = s[0];
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && is_continuation(s[1]) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !is_continuation(s[1]) || !is_continuation(s[2])) return 0;
    if (lead == 0xE0 && s[1] < 0xA0) return 0;
    if (lead == 0xED && s[1] > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || left < 4) return 0;
  if (!is_continuation(s[1]) || !is_continuation(s[2]) || !is_continuation(s[3])) return 0;
  if (lead == 0xF0 && s[1] < 0x90) return 0;
  if (lead == 0xF4 && s[1] > 0x8F) return 0;
  return 4;
}

char* utf8_encode(char* out, char32_t c) {
  const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return out;
}

}  // namespace luaskills::core
