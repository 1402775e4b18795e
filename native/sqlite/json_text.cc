#include "json_text.h"

#include <cstring>
#include <new>

#include "core/json_plain.h"

namespace luaskills::sqlite {
namespace {

char* reserve(core::TextBuffer& out, std::size_t extra) {
  char* p = out.reserve(extra);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

char* write_escape(char* out, unsigned char c) {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr char kMeanings[] = "\"\\\b\f\n\r\t";
  constexpr char kLetters[] = "\"\\bfnrt";
  *out++ = '\\';
  if (const void* found = std::memchr(kMeanings, c, sizeof kMeanings - 1)) {
    *out++ = kLetters[static_cast<const char*>(found) - kMeanings];
    return out;
  }
  std::memcpy(out, "u00", 3);
  out[3] = kHex[c >> 4];
  out[4] = kHex[c & 15];
  return out + 5;
}

}  // namespace

void append_text(core::TextBuffer& out, std::string_view text) {
  char* p = reserve(out, text.size());
  if (!text.empty()) std::memcpy(p, text.data(), text.size());
  out.commit(p + text.size());
}

void append_json_string(core::TextBuffer& out, std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  char* w = reserve(out, text.size() + 2);
  *w++ = '"';
  while (p != end) {
    const char* stop = core::skip_plain(p, end);
    while (stop != end && static_cast<unsigned char>(*stop) >= 0x80) {
      stop = core::skip_plain(stop + 1, end);
    }
    std::memcpy(w, p, static_cast<std::size_t>(stop - p));
    w += stop - p;
    p = stop;
    if (p == end) break;
    out.commit(w);
    w = reserve(out, 6 + static_cast<std::size_t>(end - p) + 1);
    w = write_escape(w, static_cast<unsigned char>(*p++));
  }
  *w++ = '"';
  out.commit(w);
}

}  // namespace luaskills::sqlite
