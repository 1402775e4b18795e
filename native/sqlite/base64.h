// Base64 as RFC 4648 section 4 has it: the standard alphabet, padded, nothing else in between.
#pragma once

#include <string>
#include <string_view>

namespace luaskills::sqlite {

// Null when all is well, otherwise what is wrong with `text`.
const char* decode_base64(std::string_view text, std::string& bytes);

}  // namespace luaskills::sqlite
