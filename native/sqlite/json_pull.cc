#include "json_pull.h"

#include "core/json_plain.h"
#include "core/json_string.h"

namespace luaskills::sqlite {

void JsonPull::fail(const char* why, const char* where) const {
  throw Error(Error::kParameter, std::string(name_) + " is not valid JSON: " + why + " at byte " +
                                     std::to_string(where - start_));
}

void JsonPull::skip_blanks() {
  while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
}

JsonPull::Kind JsonPull::peek() {
  skip_blanks();
  if (p_ == end_) return Kind::kEnd;
  switch (*p_) {
    case 'n':
      return Kind::kNull;
    case 't':
    case 'f':
      return Kind::kBoolean;
    case '"':
      return Kind::kString;
    case '[':
      return Kind::kArray;
    case '{':
      return Kind::kObject;
    default:
      if (*p_ != '-' && !core::is_digit(*p_)) fail("expected a value");
      return Kind::kNumber;
  }
}

void JsonPull::literal(std::string_view word) {
  if (std::string_view(p_, static_cast<std::size_t>(end_ - p_)).substr(0, word.size()) != word) {
    fail("expected a value");
  }
  p_ += word.size();
}

bool JsonPull::boolean() {
  const bool value = *p_ == 't';
  literal(value ? "true" : "false");
  return value;
}

JsonPull::Number JsonPull::number() {
  Number number{p_, {}};
  if (!core::scan_number(p_, end_, number.text)) fail(number.text.error, number.text.end);
  p_ = number.text.end;
  return number;
}

std::string_view JsonPull::string(Texts& texts) {
  const char* start = ++p_;
  const core::StringText text = core::check_string(core::skip_plain(start, end_), end_);
  if (text.error != nullptr) fail(text.error, text.end);
  p_ = text.end + 1;
  const auto length = static_cast<std::size_t>(text.end - start);
  if (!text.escaped) return {start, length};
  std::string& unescaped = texts.emplace_back(length, '\0');
  unescaped.resize(
      static_cast<std::size_t>(core::unescape_string(unescaped.data(), start, text.end) - unescaped.data()));
  return unescaped;
}

void JsonPull::enter() {
  ++p_;
  is_first_ = true;
}

bool JsonPull::more(char closing) {
  skip_blanks();
  if (p_ == end_) fail("unexpected end of the text");
  if (*p_ == closing) {
    ++p_;
    is_first_ = false;
    return false;
  }
  if (!is_first_) {
    if (*p_ != ',') fail("expected a comma or the closing bracket");
    ++p_;
  }
  is_first_ = false;
  if (peek() == Kind::kEnd) fail("unexpected end of the text");
  return true;
}

bool JsonPull::next(std::string_view& key, Texts& texts) {
  if (!more('}')) return false;
  if (*p_ != '"') fail("expected a key");
  key = string(texts);
  skip_blanks();
  if (p_ == end_ || *p_ != ':') fail("expected a colon");
  ++p_;
  if (peek() == Kind::kEnd) fail("unexpected end of the text");
  return true;
}

std::string_view JsonPull::skip() {
  const char* start = p_;
  Texts texts;
  std::string_view key;
  bool is_object[kMaxDepth];
  int depth = 0;
  do {
    switch (peek()) {
      case Kind::kNull:
        null();
        break;
      case Kind::kBoolean:
        boolean();
        break;
      case Kind::kNumber:
        number();
        break;
      case Kind::kString:
        string(texts);
        break;
      case Kind::kArray:
      case Kind::kObject:
        if (depth == kMaxDepth) fail("too many nested brackets");
        is_object[depth++] = *p_ == '{';
        enter();
        break;
      case Kind::kEnd:
        fail("unexpected end of the text");
    }
    while (depth > 0 && !(is_object[depth - 1] ? next(key, texts) : next())) --depth;
  } while (depth > 0);
  return {start, static_cast<std::size_t>(p_ - start)};
}

void JsonPull::finish() {
  skip_blanks();
  if (p_ != end_) fail("unexpected characters behind the value");
}

}  // namespace luaskills::sqlite
