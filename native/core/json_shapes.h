// What the JSON reader remembers of the objects it has built: their keys in order, and one table to copy.
//
// Records of one kind follow each other in most documents. A remembered shape turns "intern the key, insert
// it" into one comparison of text per key and one copy of a hash part per object.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "luajit_internals.h"

namespace luaskills::core {

// Where a sibling is expected to find its shape; 0 is the empty shape. Always only a guess: keys are compared
// with the text while reading, and all of them again before the shape's table is copied.
using ShapeHint = std::uint8_t;

struct ShapeKey {
  std::uint64_t head;  // first bytes of the key's text and its closing quote, as many as fit
  std::uint64_t mask;  // which bytes of a word `head` covers
  GCstr* name;
  std::uint32_t length;
  std::uint8_t node;  // index of the key's node in the prototype's hash part
  ShapeHint child;    // for an object, or the objects of an array, below this key
};

struct Shape {
  static constexpr std::size_t kMaxKeys = 24;

  const GCtab* prototype;
  std::array<ShapeKey, kMaxKeys> keys;  // as many are valid as ShapeCache::size says
};

// Holds plain pointers into the VM: valid as long as no garbage is collected, forget() must follow a
// collection.
class ShapeCache {
 public:
  void forget() { sizes_.fill(0); }

  Shape& operator[](ShapeHint hint) { return shapes_[hint]; }
  // Number of keys; 0 when there is no such shape.
  std::size_t size(ShapeHint hint) const { return sizes_[hint]; }

  // Whether the shape has exactly the keys of `members`, which are `count` pairs of key and value.
  bool matches(ShapeHint hint, const TValue* members, std::size_t count) const {
    if (count != sizes_[hint]) return false;
    const Shape& shape = shapes_[hint];
    for (std::size_t i = 0; i < count; ++i) {
      if (strV(&members[2 * i]) != shape.keys[i].name) return false;
    }
    return true;
  }

  // Where a shape with these keys belongs; it may hold another one.
  static ShapeHint place(const TValue* members, std::size_t count) {
    std::uint32_t hash = static_cast<std::uint32_t>(count);
    for (std::size_t i = 0; i < count; ++i) hash = hash * 31 + strV(&members[2 * i])->sid;
    return static_cast<ShapeHint>(1 + hash % (kShapes - 1));
  }

  // Remembers `table`, which was built from `members`. Every key must be there, non-nil, written without
  // escapes.
  void learn(ShapeHint hint, const GCtab* table, const TValue* members, std::size_t count) {
    Shape& shape = shapes_[hint];
    sizes_[hint] = 0;
    const auto* nodes = reinterpret_cast<const char*>(noderef(table->node));
    for (std::size_t i = 0; i < count; ++i) {
      GCstr* name = strV(&members[2 * i]);
      cTValue* slot = lj_tab_getstr(const_cast<GCtab*>(table), name);
      if (slot == nullptr || tvisnil(slot)) return;
      ShapeKey& key = shape.keys[i];
      const std::size_t covered = name->len < 8 ? name->len : 8;
      char head[8] = {};
      std::memcpy(head, strdata(name), covered);
      if (covered < 8) head[covered] = '"';
      std::memcpy(&key.head, head, sizeof head);
      key.mask = covered < 7 ? (std::uint64_t{1} << (8 * (covered + 1))) - 1 : ~std::uint64_t{0};
      key.name = name;
      key.length = name->len;
      key.node = static_cast<std::uint8_t>((reinterpret_cast<const char*>(slot) - nodes) / sizeof(Node));
      key.child = 0;
    }
    shape.prototype = table;
    sizes_[hint] = static_cast<std::uint8_t>(count);
  }

 private:
  static constexpr std::size_t kShapes = 32;
  std::array<std::uint8_t, kShapes> sizes_{};  // apart, so that a short conversion need not touch the shapes
  std::array<Shape, kShapes> shapes_;
};

}  // namespace luaskills::core
