// Random JSON values, text -> Lua -> text. The generator writes canonical text (sorted unique keys, numbers
// and escapes as the writer has them), so equal text means equal values.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <string>

#include "../core/number_text.h"
#include "json_vm.h"

namespace luaskills::test {

using core::JsonStatus;

namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, bool nothing_and_null) : random_(seed), nothing_and_null_(nothing_and_null) {}

  std::string value(int depth = 0) {
    switch (below(depth < 6 ? 9 : 6)) {
      case 0:
        return nothing_and_null_ ? "null" : "true";
      case 1:
        return below(2) == 0 ? "true" : "false";
      case 2:
      case 3:
        return number();
      case 4:
      case 5:
        return quoted(string());
      case 6:
        return array(depth);
      default:
        return object(depth);
    }
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  // Empty containers need their marks to come back.
  std::uint64_t count() { return below(6) + (nothing_and_null_ ? 0 : 1); }

  std::string array(int depth) {
    std::string text = "[";
    for (std::uint64_t i = 0, n = count(); i < n; ++i) text += (i > 0 ? "," : "") + value(depth + 1);
    return text + "]";
  }

  std::string object(int depth) {
    std::map<std::string, std::string> members;  // std::string compares bytes as unsigned
    for (std::uint64_t i = 0, n = count(); i < n; ++i) {
      // Few names, so that shapes recur; sometimes a random one, or one that looks like an index.
      static constexpr const char* kNames[] = {"id",      "name", "a", "b", "1", "2", "a rather long key",
                                               "__index", ""};
      const std::uint64_t kind = below(10);
      members[kind == 9 ? string() : kNames[kind]] = value(depth + 1);
    }
    std::string text = "{";
    for (const auto& [key, member] : members)
      text += (text.size() > 1 ? "," : "") + quoted(key) + ":" + member;
    return text + "}";
  }

  std::string number() {
    double value = 0;
    switch (below(4)) {
      case 0:
        value = static_cast<double>(static_cast<std::int64_t>(below(2001)) - 1000);
        break;
      case 1:
        value = static_cast<double>(below(100000)) / 100;
        break;
      case 2:
        value = static_cast<double>(random_());
        break;
      default: {
        const std::uint64_t bits = random_();
        std::memcpy(&value, &bits, sizeof value);
        if (!std::isfinite(value)) value = 0.5;
      }
    }
    char text[core::kMaxNumberText];
    return {text, core::write_double(text, value)};
  }

  std::string string() {
    static constexpr const char* kPieces[] = {"a",
                                              "bc",
                                              "plain text ",
                                              "\"",
                                              "\\",
                                              "\n",
                                              "\x01",
                                              "\x7f",
                                              "/",
                                              "\xc3\xa4",
                                              "\xe2\x82\xac",
                                              "\xf0\x9f\x98\x80",
                                              "0123456789abcdef"};
    std::string text;
    for (std::uint64_t i = 0, n = below(8); i < n; ++i) {
      text += kPieces[below(std::size(kPieces))];
      if (below(20) == 0) text += '\0';
    }
    return text;
  }

  static std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      switch (c) {
        case '"':
          out += "\\\"";
          break;
        case '\\':
          out += "\\\\";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\0':
          out += "\\u0000";
          break;
        case '\x01':
          out += "\\u0001";
          break;
        default:
          out += c;
      }
    }
    return out + "\"";
  }

  std::mt19937_64 random_;
  const bool nothing_and_null_;
};

// Whitespace wherever JSON allows it; none of the generated strings holds an unescaped quote.
std::string spread(const std::string& text, std::mt19937_64& random) {
  static constexpr const char* kSpaces[] = {"", " ", "\n", "\t\r\n  "};
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool structural = !in_string && std::strchr("[]{},:", text[i]) != nullptr;
    if (structural) out += kSpaces[random() % 4];
    out += text[i];
    if (structural) out += kSpaces[random() % 4];
    if (in_string && text[i] == '\\') {
      out += text[++i];
    } else if (text[i] == '"') {
      in_string = !in_string;
    }
  }
  return out;
}

void check_round_trip(JsonVm& vm, const std::string& text, const std::string& source,
                      const core::JsonReadOptions& options) {
  INFO(source);
  const ReadResult read = vm.read(source, options);
  INFO(read.error.offset << ": " << read.error.message);
  REQUIRE(read.status == JsonStatus::kOk);
  const WriteResult written = vm.write();
  INFO(written.error.path << ": " << written.error.message);
  REQUIRE(written.status == JsonStatus::kOk);
  REQUIRE(written.text == text);
}

}  // namespace

TEST_CASE("values without null and empty containers round-trip plainly") {
  JsonVm vm;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const std::string text = Generator(seed, false).value();
    check_round_trip(vm, text, text, {});
  }
}

TEST_CASE("all values round-trip with null and marks") {
  JsonVm vm;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const std::string text = Generator(seed, true).value();
    check_round_trip(vm, text, text, {.keep_null = true, .mark_empty = true});
  }
}

TEST_CASE("whitespace makes no difference") {
  JsonVm vm;
  std::mt19937_64 random(7);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const std::string text = Generator(seed, true).value();
    check_round_trip(vm, text, spread(text, random), {.keep_null = true, .mark_empty = true});
  }
}

TEST_CASE("64-bit integers round-trip exactly") {
  JsonVm vm;
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t bits = random() >> (random() % 64);
    check_round_trip(vm, std::to_string(bits), std::to_string(bits), kFaithful);
    const std::string negative = std::to_string(static_cast<std::int64_t>(bits | (std::uint64_t{1} << 63)));
    check_round_trip(vm, negative, negative, kFaithful);
  }
}

TEST_CASE("random Lua tables write text that reads back and writes the same") {
  JsonVm vm;
  for (int seed = 1; seed <= 500; ++seed) {
    lua_settop(vm.L(), 0);
    vm.eval("math.randomseed(" + std::to_string(seed) + R"()
      local function value(depth)
        local kind = math.random(depth < 5 and 8 or 4)
        if kind == 1 then return math.random() < 0.5 end
        if kind == 2 then return math.random(-1000, 1000) end
        if kind == 3 then return (math.random() - 0.5) * 10 ^ math.random(-30, 30) end
        if kind == 4 then return ("x"):rep(math.random(0, 40)) end
        local t = {}
        for _ = 1, math.random(0, 12) do
          local key = math.random(3)
          if key == 1 then t[math.random(-3, 30)] = value(depth + 1) end
          if key == 2 then t["k" .. math.random(9)] = value(depth + 1) end
          if key == 3 then t[math.random(9) / 4] = value(depth + 1) end
        end
        return t
      end
      return value(0))");
    const WriteResult first = vm.write();
    INFO(first.error.path << ": " << first.error.message);
    REQUIRE(first.status == JsonStatus::kOk);
    check_round_trip(vm, first.text, first.text, kFaithful);
  }
}

}  // namespace luaskills::test
