#include "column_values.h"

#include <bit>
#include <cmath>
#include <limits>

#include "core/number_text.h"
#include "core/utf8.h"
#include "error.h"

namespace luaskills::sqlite {
namespace {

// Room for bytes that is kept from batch to batch; what single large values took is given back.
constexpr std::size_t kKeptBytes = std::size_t{8} << 20;
constexpr std::size_t kMaxOffset = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kBitsPerWord = 64;

void clear_bytes(std::string& bytes) {
  bytes.clear();
  if (bytes.capacity() > kKeptBytes) bytes.shrink_to_fit();
}

std::int64_t truncated(double value) {
  // 2^63: the first double beyond int64_t, whose conversion would be undefined.
  constexpr double kLimit = 9223372036854775808.0;
  if (value >= kLimit) return std::numeric_limits<std::int64_t>::max();
  if (value < -kLimit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

void append_integer(std::string& out, std::int64_t value) {
  char text[core::kMaxNumberText];
  out.append(text, core::write_int64(text, value));
}

void append_real(std::string& out, double value) {
  if (std::isinf(value)) {
    out.append(value < 0 ? "-inf" : "inf");
    return;
  }
  if (value == 0 && std::signbit(value)) {
    out.append("-0.0");
    return;
  }
  char text[core::kMaxNumberText];
  const std::string_view written(text, static_cast<std::size_t>(core::write_double(text, value) - text));
  out.append(written);
  if (written.find_first_of(".e") == std::string_view::npos) out.append(".0");
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const std::size_t start = out.size();
  out.resize(start + 3 + 2 * bytes.size());
  char* p = out.data() + start;
  *p++ = 'x';
  *p++ = '\'';
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *p++ = kDigits[byte >> 4];
    *p++ = kDigits[byte & 15];
  }
  *p = '\'';
}

void check_offset(std::size_t offset) {
  if (offset > kMaxOffset) throw Error("SQLITE_TOOBIG", "a value is too large for an Arrow column");
}

}  // namespace

void ColumnValues::clear() {
  kinds_.clear();
  numbers_.clear();
  clear_bytes(bytes_);
  clear_bytes(texts_);
  seen_ = 0;
}

void ColumnValues::add_real(double value) {
  add(kReals, std::bit_cast<std::int64_t>(value));
}

ArrowArray ColumnValues::build(ArrowType type) {
  const std::size_t rows = kinds_.size();
  const bool is_bytes = type == ArrowType::kUtf8 || type == ArrowType::kBinary;
  validity_.assign((rows + kBitsPerWord - 1) / kBitsPerWord, 0);
  null_count_ = rows;
  ArrowArray array;
  if (is_bytes) {
    array.values = build_bytes(type);
    array.offsets = std::as_bytes(std::span(offsets_));
  } else {
    array.values = type == ArrowType::kInt64 ? build_integers() : build_reals();
  }
  array.null_count = null_count_;
  if (null_count_ != 0) array.validity = std::as_bytes(std::span(validity_));
  return array;
}

std::span<const std::byte> ColumnValues::build_integers() {
  const bool as_they_are = only(kIntegers);
  if (!as_they_are) converted_.assign(numbers_.size(), 0);
  for (std::size_t row = 0; row < kinds_.size(); ++row) {
    if (kinds_[row] != kIntegers && kinds_[row] != kReals) continue;
    set_valid(row);
    if (as_they_are) continue;
    converted_[row] =
        kinds_[row] == kIntegers ? numbers_[row] : truncated(std::bit_cast<double>(numbers_[row]));
  }
  return std::as_bytes(std::span(as_they_are ? numbers_ : converted_));
}

std::span<const std::byte> ColumnValues::build_reals() {
  const bool as_they_are = only(kReals);
  if (!as_they_are) converted_.assign(numbers_.size(), 0);
  for (std::size_t row = 0; row < kinds_.size(); ++row) {
    if (kinds_[row] != kIntegers && kinds_[row] != kReals) continue;
    set_valid(row);
    if (as_they_are) continue;
    converted_[row] = kinds_[row] == kReals ? numbers_[row]
                                            : std::bit_cast<std::int64_t>(static_cast<double>(numbers_[row]));
  }
  return std::as_bytes(std::span(as_they_are ? numbers_ : converted_));
}

std::span<const std::byte> ColumnValues::build_bytes(ArrowType type) {
  // Bytes that need neither conversion nor a look at each value are the array already.
  const bool as_they_are =
      type == ArrowType::kBinary ? only(kTexts | kBlobs) : only(kTexts) && core::is_ascii(bytes_);
  clear_bytes(texts_);
  offsets_.resize(kinds_.size() + 1);
  offsets_[0] = 0;
  std::size_t start = 0;
  for (std::size_t row = 0; row < kinds_.size(); ++row) {
    const Kind kind = kinds_[row];
    const bool has_bytes = kind == kTexts || kind == kBlobs;
    if (kind != kNone && (as_they_are || append_text(texts_, type, row, start))) set_valid(row);
    if (has_bytes) start += static_cast<std::size_t>(numbers_[row]);
    const std::size_t offset = as_they_are ? start : texts_.size();
    check_offset(offset);
    offsets_[row + 1] = static_cast<std::int32_t>(offset);
  }
  return std::as_bytes(std::span(as_they_are ? bytes_ : texts_));
}

bool ColumnValues::append_text(std::string& out, ArrowType type, std::size_t row, std::size_t start) const {
  const std::int64_t number = numbers_[row];
  switch (kinds_[row]) {
    case kIntegers:
      append_integer(out, number);
      return true;
    case kReals:
      append_real(out, std::bit_cast<double>(number));
      return true;
    default:
      break;
  }
  const std::string_view bytes(bytes_.data() + start, static_cast<std::size_t>(number));
  if (type == ArrowType::kUtf8) {
    if (kinds_[row] == kBlobs) {
      append_hex(out, bytes);
      return true;
    }
    if (!core::is_utf8(bytes)) return false;
  }
  out.append(bytes);
  return true;
}

}  // namespace luaskills::sqlite
