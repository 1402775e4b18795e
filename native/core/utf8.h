// UTF-8 checks (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
#pragma once

#include <string_view>

namespace luaskills::core {

// True when `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

// True when every byte is below 0x80; V8 takes such strings as Latin-1 without decoding.
bool is_ascii(std::string_view text);

// Length in bytes (2 to 4) of the well-formed multi-byte sequence at `p`, or 0 when there is none before
// `end`.
int utf8_sequence_length(const char* p, const char* end);

// Writes code point `c` (no surrogate) to `out`, which has room for 4 bytes; returns the end.
char* utf8_encode(char* out, char32_t c);

}  // namespace luaskills::core
