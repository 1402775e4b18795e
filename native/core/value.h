// A Lua or JavaScript value on its way between threads.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace luaskills::core {

struct Value {
  enum class Kind { kNil, kBoolean, kNumber, kString, kJson, kBytes, kOpaque };

  Kind kind = Kind::kNil;
  bool boolean = false;
  double number = 0;
  std::string
      text;  // kString, kBytes: as in Lua; kJson: JSON text; kOpaque: name of a type that cannot cross

  static Value nil() { return {}; }
  static Value of(bool value) { return {Kind::kBoolean, value, 0, {}}; }
  static Value of(double value) { return {Kind::kNumber, false, value, {}}; }
  static Value string(std::string value) { return {Kind::kString, false, 0, std::move(value)}; }
  static Value bytes(std::string value) { return {Kind::kBytes, false, 0, std::move(value)}; }
  static Value opaque(std::string type) { return {Kind::kOpaque, false, 0, std::move(type)}; }
  static Value json(std::string value) { return {Kind::kJson, false, 0, std::move(value)}; }
};

using Values = std::vector<Value>;

}  // namespace luaskills::core
