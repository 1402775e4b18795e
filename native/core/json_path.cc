#include "json_path.h"

#include "number_text.h"
#include "utf8.h"

namespace luaskills::core {

namespace {

constexpr std::size_t kMaxShownKey = 80;  // bytes

bool is_name_byte(char c, bool first) {
  const char lower = static_cast<char>(c | 0x20);
  return c == '_' || (lower >= 'a' && lower <= 'z') || (!first && c >= '0' && c <= '9');
}

bool is_identifier(std::string_view text) {
  if (text.empty() || text.size() > kMaxShownKey) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_name_byte(text[i], i == 0)) return false;
  }
  return true;
}

// Text as between quotes; controls and bytes that are no UTF-8 as \xNN, so that the path is always printable.
void append_quoted(std::string& path, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  const char* p = text.data();
  const char* end = p + text.size();
  const char* shown_end = p + (text.size() < kMaxShownKey ? text.size() : kMaxShownKey);
  path += '"';
  while (p < shown_end) {
    const auto c = static_cast<unsigned char>(*p);
    const int length = c < 0x80 ? 1 : utf8_sequence_length(p, end);
    if (length == 0 || c < 0x20 || c == 0x7F) {
      path += "\\x";
      path += kHex[c >> 4];
      path += kHex[c & 15];
      ++p;
      continue;
    }
    if (c == '"' || c == '\\') path += '\\';
    path.append(p, static_cast<std::size_t>(length));
    p += length;
  }
  if (p < end) path += "...";
  path += '"';
}

}  // namespace

void append_index_step(std::string& path, std::uint32_t index) {
  path += '[' + std::to_string(index) + ']';
}

void append_key_step(std::string& path, const TValue* key) {
  if (tvisstr(key)) {
    const GCstr* name = strV(key);
    const std::string_view text(strdata(name), name->len);
    if (is_identifier(text)) {
      path += '.';
      path += text;
      return;
    }
    path += '[';
    append_quoted(path, text);
  } else {
    path += '[';
    if (tvisnumber(key)) {
      char number[kMaxNumberText];
      path.append(number, write_number_key(number, numberVnum(key)));
    } else if (tvisbool(key)) {
      path += tvistrue(key) ? "true" : "false";
    } else {
      path += lj_typename(key);
    }
  }
  path += ']';
}

}  // namespace luaskills::core
