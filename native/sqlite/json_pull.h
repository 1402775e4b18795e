// Reads JSON text value by value, without building anything: what parameters are bound from.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "core/json_number.h"
#include "error.h"

namespace luaskills::sqlite {

// Texts that are not in the JSON as they are, because they were written with escapes. Addresses stay valid.
using Texts = std::deque<std::string>;

class JsonPull {
 public:
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject, kEnd };

  struct Number {
    const char* start;
    core::NumberText text;
  };

  // `name` is for messages: what the text is the value of.
  JsonPull(std::string_view text, std::string_view name)
      : start_(text.data()), p_(text.data()), end_(text.data() + text.size()), name_(name) {}

  // What comes next; nothing of it is read. The functions below throw Error (PARAMETER) at what is not JSON,
  // and are called for the kind that was seen.
  Kind peek();
  void null() { literal("null"); }
  bool boolean();
  Number number();
  // Points into the JSON text, or into an element appended to `texts`.
  std::string_view string(Texts& texts);
  // Reads the opening bracket. Then next() reads up to each element, or to the value of each member, and
  // returns false after the closing bracket.
  void enter();
  bool next() { return more(']'); }
  bool next(std::string_view& key, Texts& texts);
  // Reads over a value of any kind. Returns its text.
  std::string_view skip();
  // Throws unless only blanks are left.
  void finish();

 private:
  static constexpr int kMaxDepth = 128;

  void skip_blanks();
  bool more(char closing);
  void literal(std::string_view word);
  [[noreturn]] void fail(const char* why) const { fail(why, p_); }
  [[noreturn]] void fail(const char* why, const char* where) const;

  const char* start_;
  const char* p_;
  const char* end_;
  std::string_view name_;
  bool is_first_ = false;  // nothing of the innermost array or object has been read
};

}  // namespace luaskills::sqlite
