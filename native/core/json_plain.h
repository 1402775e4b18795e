// Finds the bytes of a JSON string that cannot be copied as they are: quote, backslash, controls, and
// everything beyond ASCII (which must be checked to be UTF-8). Both directions spend much of their time here,
// hence the blocks.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define LUASKILLS_JSON_SSE2 1
#endif

namespace luaskills::core {

static_assert(std::endian::native == std::endian::little, "word scans take the lowest byte as the first");

inline bool is_plain_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// Non-zero when one of the 8 bytes is not plain; the lowest set bit then lies in the first such byte.
// (Borrows of the subtractions only spoil bytes above a byte that is reported anyway.)
inline std::uint64_t not_plain_bits(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHigh = 0x8080808080808080u;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  const std::uint64_t control = (word - kOnes * 0x20) & ~word;
  return (control | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | word) & kHigh;
}

// How many of the 16 bytes at `p` are plain before the first one that is not.
inline int plain_prefix16(const char* p) {
#ifdef LUASKILLS_JSON_SSE2
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  // The signed comparison takes both controls and bytes >= 0x80.
  const __m128i below_space = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
  const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  const int mask = _mm_movemask_epi8(_mm_or_si128(below_space, _mm_or_si128(quote, backslash)));
  return std::countr_zero(static_cast<unsigned>(mask) | 0x10000u);
#else
  std::uint64_t words[2];
  std::memcpy(words, p, sizeof words);
  const std::uint64_t low = not_plain_bits(words[0]);
  if (low != 0) return std::countr_zero(low) / 8;
  const std::uint64_t high = not_plain_bits(words[1]);
  return high != 0 ? 8 + std::countr_zero(high) / 8 : 16;
#endif
}

// The first byte in [p, end) that is not plain, or `end`.
inline const char* skip_plain(const char* p, const char* end) {
  while (end - p >= 16) {
    const int plain = plain_prefix16(p);
    p += plain;
    if (plain < 16) return p;
  }
  while (p != end && is_plain_byte(*p)) ++p;
  return p;
}

}  // namespace luaskills::core
