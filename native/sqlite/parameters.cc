#include "parameters.h"

#include <cmath>
#include <cstdint>

#include "base64.h"

namespace luaskills::sqlite {
namespace {

using Kind = JsonPull::Kind;

// Which value is being bound, for messages: `params[3]` or `items[0][3]`.
struct Place {
  std::string_view list;  // "params" or "items"
  std::ptrdiff_t row;     // -1: there are no rows
  std::size_t column;

  [[nodiscard]] std::string array() const {
    return std::string(list) + (row < 0 ? std::string() : "[" + std::to_string(row) + "]");
  }
  [[nodiscard]] std::string text() const { return array() + "[" + std::to_string(column) + "]"; }
  [[noreturn]] void fail(const std::string& what) const { throw Error(Error::kParameter, text() + what); }
};

// Reads the start of an array, or the whole of an empty object. True when elements may follow.
bool enter_array(JsonPull& json, Texts& texts, const std::string& name) {
  const Kind kind = json.peek();
  if (kind == Kind::kArray) {
    json.enter();
    return true;
  }
  std::string_view key;
  if (kind == Kind::kObject) {
    json.enter();
    if (!json.next(key, texts)) return false;
  }
  throw Error(Error::kParameter, name + " must be an array");
}

std::optional<Integer> int64_of(const JsonPull::Number& number) {
  const core::NumberText& text = number.text;
  if (!text.is_integer || !core::is_exact(text)) return {};
  if (text.negative) {
    if (text.mantissa > core::kInt64MinMagnitude) return {};
    return static_cast<Integer>(std::uint64_t{0} - text.mantissa);
  }
  if (text.mantissa >= core::kInt64MinMagnitude) return {};
  return static_cast<Integer>(text.mantissa);
}

std::string trimmed_lower(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n\f\v");
  if (start == std::string_view::npos) return {};
  std::string result(text.substr(start, text.find_last_not_of(" \t\r\n\f\v") - start + 1));
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return result;
}

// Binds the values of one array.
class Binder {
 public:
  Binder(Statement& statement, Texts& texts, Place place)
      : statement_(statement), api_(statement.api()), texts_(texts), place_(place) {}

  void bind(JsonPull& json) {
    const int wanted = api_.bind_parameter_count(statement_.handle());
    std::size_t given = 0;
    if (enter_array(json, texts_, place_.array())) {
      while (json.next()) {
        place_.column = given++;
        if (given <= static_cast<std::size_t>(wanted)) {
          bind_value(json);
        } else {
          json.skip();
        }
      }
    }
    check_count(given);
  }

  void check_count(std::size_t given) const {
    const auto wanted = static_cast<std::size_t>(api_.bind_parameter_count(statement_.handle()));
    if (given == wanted) return;
    throw Error(Error::kParameter, "the statement has " + std::to_string(wanted) +
                                       (wanted == 1 ? " parameter" : " parameters") + ", but " +
                                       place_.array() + " holds " + std::to_string(given) +
                                       (given == 1 ? " value" : " values"));
  }

 private:
  [[nodiscard]] int index() const { return static_cast<int>(place_.column) + 1; }

  void check(int result) const {
    if (result != kOk) statement_.connection().fail(result);
  }

  void bind_value(JsonPull& json) {
    switch (json.peek()) {
      case Kind::kNull:
        json.null();
        return check(api_.bind_null(statement_.handle(), index()));
      case Kind::kBoolean:
        return bind_int64(json.boolean() ? 1 : 0);
      case Kind::kNumber:
        return bind_number(json.number());
      case Kind::kString:
        return bind_text(json.string(texts_));
      case Kind::kObject:
        return bind_typed(json);
      default:
        place_.fail(" must be a scalar value or a typed object, not an array");
    }
  }

  void bind_int64(Integer value) { check(api_.bind_int64(statement_.handle(), index(), value)); }

  void bind_double(const JsonPull::Number& number, const char* field) {
    const double value = core::number_value(number.start, number.text);
    if (std::isinf(value)) place_.fail(std::string(field) + " is a number beyond the range of a double");
    check(api_.bind_double(statement_.handle(), index(), value));
  }

  void bind_number(const JsonPull::Number& number) {
    if (!number.text.is_integer) return bind_double(number, "");
    const std::optional<Integer> value = int64_of(number);
    if (!value) {
      place_.fail(" is an integer beyond int64; {kind = \"float64\", value = …} binds the nearest double");
    }
    bind_int64(*value);
  }

  // The texts outlive the statement's use of them (Parameters, Items).
  void bind_text(std::string_view text) {
    check(api_.bind_text64(statement_.handle(), index(), text.data(), text.size(), nullptr, kUtf8));
  }

  void bind_blob(const std::string& bytes) {
    // A null pointer would bind NULL.
    check(api_.bind_blob64(statement_.handle(), index(), bytes.empty() ? "" : bytes.data(), bytes.size(),
                           nullptr));
  }

  void bind_typed(JsonPull& json) {
    // `kind` may come behind what it decides about.
    std::optional<std::string> kind;
    bool has_kind = false;
    std::string_view value;
    std::string_view base64;
    std::string_view key;
    json.enter();
    while (json.next(key, texts_)) {
      if (key == "kind") {
        has_kind = true;
        kind.reset();
        if (json.peek() == Kind::kString) {
          kind = trimmed_lower(json.string(texts_));
          continue;
        }
      }
      const std::string_view text = json.skip();
      if (key == "value") value = text;
      if (key == "base64") base64 = text;
    }
    if (!has_kind) place_.fail(" must be a scalar value or a typed object; it has no kind");
    if (!kind) place_.fail(".kind must be a string");
    bind_kind(*kind, value, base64);
  }

  void bind_kind(const std::string& kind, std::string_view value, std::string_view base64) {
    JsonPull json(value, place_.list);
    const Kind seen = json.peek();
    if (kind == "null") return check(api_.bind_null(statement_.handle(), index()));
    if (kind == "bool") {
      if (seen != Kind::kBoolean) place_.fail(".value must be a bool");
      return bind_int64(json.boolean() ? 1 : 0);
    }
    if (kind == "int64") {
      const std::optional<Integer> number = seen == Kind::kNumber ? int64_of(json.number()) : std::nullopt;
      if (!number) place_.fail(".value must be an int64");
      return bind_int64(*number);
    }
    if (kind == "float64") {
      if (seen != Kind::kNumber) place_.fail(".value must be a float64");
      return bind_double(json.number(), ".value");
    }
    if (kind == "string") {
      if (seen != Kind::kString) place_.fail(".value must be a string");
      return bind_text(json.string(texts_));
    }
    if (kind == "bytes") return bind_bytes(json, base64);
    place_.fail(".kind must be null, bool, int64, float64, string or bytes, got " + kind);
  }

  void bind_bytes(JsonPull& value, std::string_view base64) {
    std::string& bytes = texts_.emplace_back();
    JsonPull text(base64, place_.list);
    if (text.peek() == Kind::kString) {
      const char* error = decode_base64(text.string(texts_), bytes);
      if (error != nullptr) place_.fail(std::string(".base64 is invalid: ") + error);
    } else {
      read_bytes(value, bytes);
    }
    bind_blob(bytes);
  }

  void read_bytes(JsonPull& json, std::string& bytes) {
    const Kind kind = json.peek();
    std::string_view key;
    if (kind == Kind::kObject) {
      json.enter();
      if (!json.next(key, texts_)) return;
    }
    if (kind != Kind::kArray) place_.fail(".value must be an array of bytes, unless there is base64");
    json.enter();
    while (json.next()) {
      const std::optional<Integer> byte =
          json.peek() == Kind::kNumber ? int64_of(json.number()) : std::nullopt;
      if (!byte || *byte < 0 || *byte > 255) {
        place_.fail(".value[" + std::to_string(bytes.size()) + "] must be an integer from 0 to 255");
      }
      bytes.push_back(static_cast<char>(*byte));
    }
  }

  Statement& statement_;
  const Api& api_;
  Texts& texts_;
  Place place_;
};

[[noreturn]] void fail_empty() {
  throw Error(Error::kParameter, "items must not be empty");
}

}  // namespace

void Parameters::bind(Statement& statement) {
  Binder binder(statement, texts_, {"params", -1, 0});
  if (json_.empty()) return binder.check_count(0);
  JsonPull json(json_, "params");
  binder.bind(json);
  json.finish();
}

Items::Items(std::string_view json) : json_(json, "items") {
  if (!enter_array(json_, texts_, "items")) fail_empty();
}

bool Items::bind_next(Statement& statement) {
  texts_.clear();
  if (!json_.next()) {
    json_.finish();
    if (rows_ == 0) fail_empty();
    return false;
  }
  Binder(statement, texts_, {"items", static_cast<std::ptrdiff_t>(rows_++), 0}).bind(json_);
  return true;
}

}  // namespace luaskills::sqlite
