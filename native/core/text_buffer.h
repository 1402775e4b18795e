// A growable byte buffer for text that is built up by pointer: unlike std::string it neither zeroes the bytes
// that are about to be written nor gives its memory back when cleared.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace luaskills::core {

class TextBuffer {
 public:
  const char* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::string_view view() const { return {bytes_.get(), size_}; }

  // Forgets the text and keeps the memory.
  void clear() { size_ = 0; }
  // Forgets the text and frees the memory.
  void release() {
    bytes_.reset();
    size_ = capacity_ = 0;
  }

  // Makes room for `extra` more bytes and returns where they go, or null when memory ran out (the text is
  // kept).
  char* reserve(std::size_t extra) {
    if (extra > capacity_ - size_ && !grow(extra)) return nullptr;
    return bytes_.get() + size_;
  }
  // Ends the text at `end`, which lies within what reserve() made room for.
  void commit(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.get()); }

 private:
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  bool grow(std::size_t extra) {
    std::size_t capacity = capacity_ < 256 ? 512 : capacity_ * 2;
    if (capacity - size_ < extra) capacity = size_ + extra;
    char* bytes = static_cast<char*>(std::realloc(bytes_.get(), capacity));
    if (bytes == nullptr) return false;
    static_cast<void>(bytes_.release());  // realloc has taken it over
    bytes_.reset(bytes);
    capacity_ = capacity;
    return true;
  }

  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace luaskills::core
