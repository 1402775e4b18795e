// Atomic access to words of LuaJIT's global state, which LuaJIT itself reads and writes as plain ones.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#include <atomic>
#endif
#include <type_traits>

namespace luaskills::core {

// std::atomic_ref would do everywhere but for Apple's C++ library, which does not have it yet.
#if defined(_MSC_VER) && !defined(__clang__)

template <typename Word>
void set_bits(Word& word, std::type_identity_t<Word> bits) {
  std::atomic_ref<Word>(word).fetch_or(bits, std::memory_order_seq_cst);
}

template <typename Word>
void clear_bits(Word& word, std::type_identity_t<Word> bits) {
  std::atomic_ref<Word>(word).fetch_and(static_cast<Word>(~bits), std::memory_order_seq_cst);
}

template <typename Word>
void store_relaxed(Word& word, std::type_identity_t<Word> value) {
  std::atomic_ref<Word>(word).store(value, std::memory_order_relaxed);
}

template <typename Word>
Word load_relaxed(Word& word) {
  return std::atomic_ref<Word>(word).load(std::memory_order_relaxed);
}

#else

template <typename Word>
void set_bits(Word& word, std::type_identity_t<Word> bits) {
  __atomic_fetch_or(&word, bits, __ATOMIC_SEQ_CST);
}

template <typename Word>
void clear_bits(Word& word, std::type_identity_t<Word> bits) {
  __atomic_fetch_and(&word, static_cast<Word>(~bits), __ATOMIC_SEQ_CST);
}

template <typename Word>
void store_relaxed(Word& word, std::type_identity_t<Word> value) {
  __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}

template <typename Word>
Word load_relaxed(Word& word) {
  return __atomic_load_n(&word, __ATOMIC_RELAXED);
}

#endif

}  // namespace luaskills::core
