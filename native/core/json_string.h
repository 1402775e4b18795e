// The parts of reading a JSON string that few strings need: UTF-8 beyond ASCII, and escapes.
#pragma once

namespace luaskills::core {

struct StringText {
  const char* end;    // the closing quote, or where the error is
  const char* error;  // null when the string is well-formed
  bool escaped;       // it holds an escape
};

// Checks a string from `p`, somewhere between its quotes and at the start of a character, to its closing
// quote. Lone surrogates and bytes that are no UTF-8 are errors.
StringText check_string(const char* p, const char* end);

// Writes what the checked text [p, end) between two quotes stands for; that is never longer than the text
// itself. Returns the end of what was written.
char* unescape_string(char* out, const char* p, const char* end);

}  // namespace luaskills::core
