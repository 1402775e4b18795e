// Writes JSON strings.
#pragma once

#include <string_view>

#include "core/text_buffer.h"

namespace luaskills::sqlite {

// Appends `text`, which is well-formed UTF-8, as a JSON string with its quotes. Throws std::bad_alloc.
void append_json_string(core::TextBuffer& out, std::string_view text);

void append_text(core::TextBuffer& out, std::string_view text);

}  // namespace luaskills::sqlite
