#include "rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "core/number_text.h"
#include "core/utf8.h"
#include "json_text.h"

namespace luaskills::sqlite {
namespace {

void check_size(std::size_t bytes) {
  if (bytes > kMaxRowsBytes) throw Error("SQLITE_TOOBIG", "the rows make more than 512 MiB of JSON text");
}

template <typename Write>
void append_number(core::TextBuffer& out, Write&& write) {
  char* p = out.reserve(core::kMaxNumberText);
  if (p == nullptr) throw std::bad_alloc();
  out.commit(write(p));
}

void append_real(core::TextBuffer& out, double value) {
  if (std::isfinite(value)) {
    append_number(out, [value](char* p) { return core::write_double(p, value); });
  } else {
    append_text(out, value < 0 ? "\"-inf\"" : "\"inf\"");  // SQLite has no NaN: it becomes NULL
  }
}

void append_blob(core::TextBuffer& out, const unsigned char* bytes, std::size_t count) {
  constexpr std::size_t kMinByteText = 2;  // a digit and a comma
  constexpr std::size_t kMaxByteText = 4;
  check_size(out.size() + count * kMinByteText);
  char* p = out.reserve(2 + count * kMaxByteText);
  if (p == nullptr) throw std::bad_alloc();
  *p++ = '[';
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) *p++ = ',';
    p = core::write_uint64(p, bytes[i]);
  }
  *p++ = ']';
  out.commit(p);
}

}  // namespace

RowWriter::RowWriter(const Statement& statement) : api_(statement.api()), statement_(statement.handle()) {
  const int count = api_.column_count(statement_);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    const char* name = api_.column_name(statement_, i);
    if (name == nullptr) throw std::bad_alloc();
    names.emplace_back(core::is_utf8(name) ? name : "?");
  }
  for (int i = 0; i < count; ++i) {
    const std::string& name = names[static_cast<std::size_t>(i)];
    if (std::find(names.begin() + i + 1, names.end(), name) != names.end()) continue;
    core::TextBuffer key;
    append_text(key, columns_.empty() ? "{" : ",");
    append_json_string(key, name);
    append_text(key, ":");
    columns_.push_back({i, std::string(key.view())});
  }
}

void RowWriter::write(core::TextBuffer& out) const {
  for (const Column& column : columns_) {
    append_text(out, column.key);
    write_value(out, column.index);
  }
  append_text(out, "}");
  check_size(out.size());
}

void RowWriter::write_value(core::TextBuffer& out, int column) const {
  switch (api_.column_type(statement_, column)) {
    case kInteger:
      return append_number(out, [this, column](char* p) {
        return core::write_int64(p, api_.column_int64(statement_, column));
      });
    case kReal:
      return append_real(out, api_.column_double(statement_, column));
    case kText: {
      const auto* text = reinterpret_cast<const char*>(api_.column_text(statement_, column));
      if (text == nullptr) throw std::bad_alloc();
      const std::string_view view(text, static_cast<std::size_t>(api_.column_bytes(statement_, column)));
      return core::is_utf8(view) ? append_json_string(out, view) : append_text(out, "null");
    }
    case kBlob: {
      const auto* bytes = static_cast<const unsigned char*>(api_.column_blob(statement_, column));
      return append_blob(out, bytes, static_cast<std::size_t>(api_.column_bytes(statement_, column)));
    }
    default:
      return append_text(out, "null");
  }
}

}  // namespace luaskills::sqlite
