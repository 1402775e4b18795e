// The values of one column of a batch, and how they become an Arrow array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi.h"

namespace luaskills::sqlite {

// The numbers are part of the JavaScript interface.
enum class ArrowType : std::uint8_t { kInt64 = 0, kFloat64 = 1, kUtf8 = 2, kBinary = 3 };

// An array as Arrow's columnar format lays it out.
struct ArrowArray {
  std::size_t null_count = 0;
  std::span<const std::byte> validity;  // a bit per row, whole words of 64; empty without nulls
  std::span<const std::byte> offsets;   // int32_t, one more than rows; only kUtf8 and kBinary
  std::span<const std::byte> values;
};

class ColumnValues {
 public:
  // Kinds of values, as bits; NULL is none.
  enum Kind : std::uint8_t { kNone = 0, kIntegers = 1, kReals = 2, kTexts = 4, kBlobs = 8 };

  // Values that come are those of a new batch. Keeps memory for a usual one.
  void clear();

  void add_null() { add(kNone, 0); }
  void add_integer(Integer value) { add(kIntegers, value); }
  void add_real(double value);
  void add_text(std::string_view text) { add_bytes(kTexts, text); }
  void add_blob(std::string_view bytes) { add_bytes(kBlobs, bytes); }

  // Which kinds there are.
  [[nodiscard]] unsigned seen() const { return seen_; }
  // Memory that the values take, about.
  [[nodiscard]] std::size_t bytes() const {
    return bytes_.size() + numbers_.size() * (sizeof(Kind) + sizeof(std::int64_t));
  }

  // The values as one type. Good until the next build() or clear(). Values of another kind become what the
  // type can say:
  //   kInt64     REAL without its fraction, at most the nearest int64; TEXT and BLOB are null
  //   kFloat64   the nearest double of an INTEGER; TEXT and BLOB are null
  //   kUtf8      numbers as text, a REAL always with a point or exponent; a BLOB as x'HEX'; TEXT that is not
  //   UTF-8 is null kBinary    the bytes of a TEXT as they are, of numbers as text
  // Throws Error (SQLITE_TOOBIG) when the bytes exceed what int32 offsets reach.
  ArrowArray build(ArrowType type);

 private:
  void add(Kind kind, std::int64_t number) {
    kinds_.push_back(kind);
    numbers_.push_back(number);
    seen_ |= kind;
  }
  void add_bytes(Kind kind, std::string_view bytes) {
    add(kind, static_cast<std::int64_t>(bytes.size()));
    bytes_.append(bytes);
  }

  void set_valid(std::size_t row) {
    validity_[row / 64] |= std::uint64_t{1} << (row % 64);
    --null_count_;
  }

  [[nodiscard]] bool only(unsigned kinds) const { return (seen_ & ~kinds) == 0; }
  std::span<const std::byte> build_integers();
  std::span<const std::byte> build_reals();
  std::span<const std::byte> build_bytes(ArrowType type);
  // The text of the value in `row`, whose bytes, if any, start at `start`. False when it has none as this
  // type.
  bool append_text(std::string& out, ArrowType type, std::size_t row, std::size_t start) const;

  // A row each: what it is, and the integer, the bits of the real, or the length of the text or blob.
  std::vector<Kind> kinds_;
  std::vector<std::int64_t> numbers_;
  std::string bytes_;  // of texts and blobs, one behind the other
  unsigned seen_ = 0;

  // Of the array that was built last.
  std::vector<std::uint64_t> validity_;
  std::vector<std::int32_t> offsets_;
  std::vector<std::int64_t> converted_;
  std::string texts_;
  std::size_t null_count_ = 0;
};

}  // namespace luaskills::sqlite
