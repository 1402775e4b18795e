// What the reader makes of accepted text.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "../core/number_text.h"
#include "json_vm.h"

namespace luaskills::test {

using core::JsonStatus;

namespace {

void check_value(JsonVm& vm, std::string_view text, std::string_view condition,
                 const core::JsonReadOptions& options = {}) {
  INFO(std::string(text) << " should give " << std::string(condition));
  const ReadResult result = vm.read(text, options);
  INFO(result.error.offset << ": " << result.error.message << result.raised);
  REQUIRE(result.status == JsonStatus::kOk);
  CHECK(vm.holds(condition));
}

bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace

TEST_CASE("values arrive as Lua's types") {
  JsonVm vm;
  check_value(vm, "null", "v == nil");
  check_value(vm, "true", "v == true");
  check_value(vm, "false", "v == false");
  check_value(vm, "42", "v == 42 and type(v) == 'number'");
  check_value(vm, "\"x\"", "v == 'x'");
  check_value(vm, "[]", "type(v) == 'table' and next(v) == nil and getmetatable(v) == nil");
  check_value(vm, "[1,[2,3]]", "#v == 2 and v[1] == 1 and v[2][2] == 3 and v[0] == nil");
  check_value(vm, "{\"a\":{\"b\":[{}]}}", "next(v.a.b[1]) == nil");
  check_value(vm, "{\"1\":\"one\",\"\":0}", "v['1'] == 'one' and v[1] == nil and v[''] == 0");
}

TEST_CASE("escapes and multi-byte text arrive as UTF-8") {
  JsonVm vm;
  check_value(vm, R"("\"\\\/\b\f\n\r\t")", R"(v == '"\\/\b\f\n\r\t')");
  check_value(vm, R"("a\u0000b")", "v == 'a\\0b'");
  check_value(vm, R"("\u00e4\u20AC\ud83d\ude00")", "v == '\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80'");
  check_value(vm, "\"\xc3\xa4 and \\n and \xf0\x9f\x98\x80\"",
              "v == '\xc3\xa4 and \\n and \xf0\x9f\x98\x80'");
  check_value(vm, R"({"\u0061\n":1})", "v['a\\n'] == 1");
}

TEST_CASE("of duplicate keys the last wins, be it null") {
  JsonVm vm;
  check_value(vm, R"({"a":1,"b":2,"a":3})", "v.a == 3 and v.b == 2");
  check_value(vm, R"({"a":1,"a":null})", "v.a == nil and next(v) == nil");
  check_value(vm, R"({"a":null,"a":1})", "v.a == 1");
  check_value(vm, R"({"a":1,"\u0061":2})", "v.a == 2");
  check_value(vm, R"([{"a":1,"b":2},{"a":1,"a":2},{"b":1,"b":2,"b":3}])", "v[2].a == 2 and v[3].b == 3");
}

TEST_CASE("null is absent from objects and keeps its place in arrays") {
  JsonVm vm;
  check_value(vm, R"({"a":null,"b":1})", "v.a == nil and v.b == 1 and next(v, 'b') == nil");
  check_value(vm, "[null,null,3]", "v[1] == nil and v[2] == nil and v[3] == 3");
  check_value(vm, "[1,null,3,null]", "v[1] == 1 and v[3] == 3");
  check_value(vm, R"([null,{"a":null}])", "v[1] == null and v[2].a == null and rawequal(v[1], null)",
              {.keep_null = true});
}

TEST_CASE("marks come only on request and only for empty tables") {
  JsonVm vm;
  const core::JsonReadOptions marks{.mark_empty = true};
  check_value(vm, "{}", "getmetatable(v) == 'json.object'", marks);
  check_value(vm, "[]", "getmetatable(v) == 'json.array'", marks);
  check_value(vm, R"([{"a":null},{"a":null}])", "getmetatable(v[1]) == 'json.object'", marks);
  check_value(vm, R"([{"a":1},{"a":null},{"a":2}])",
              "getmetatable(v[2]) == 'json.object' and not getmetatable(v[3])", marks);
  check_value(vm, R"([{"a":[1]}])",
              "not getmetatable(v) and not getmetatable(v[1]) and not getmetatable(v[1].a)", marks);
}

TEST_CASE("a table that was read works as a metatable") {
  JsonVm vm;
  check_value(vm, R"([{"x":1,"__index":{"a":5}},{"x":1,"__index":{"a":6}}])",
              "(setmetatable({}, v[1])).a == 5 and (setmetatable({}, v[2])).a == 6");
}

TEST_CASE("numbers are the nearest doubles") {
  JsonVm vm;
  const char* texts[] = {"0",
                         "-0",
                         "1",
                         "-1",
                         "0.1",
                         "-0.0",
                         "1e22",
                         "1e23",
                         "1e-22",
                         "1e-23",
                         "123456789012345",
                         "1234567890123456",
                         "9007199254740991",
                         "9007199254740992",
                         "9007199254740993",
                         "-9007199254740993",
                         "9007199254740995",
                         "12345678901234567890",
                         "18446744073709551615",
                         "18446744073709551616",
                         "99999999999999999999",
                         "123456789012345678901234567890",
                         "0.30000000000000004",
                         "2.2250738585072011e-308",
                         "4.9e-324",
                         "2.4e-324",
                         "2.5e-324",
                         "1.7976931348623157e308",
                         "1.7976931348623159e308",
                         "1e308",
                         "1e309",
                         "-1e400",
                         "1e-400",
                         "-1e-400",
                         "0e400",
                         "0e99999999999999999999",
                         "1e-99999999999999999999",
                         "1e99999999999999999999",
                         "0.000000000000000000000000000000000000000000000001",
                         "9007199254740993.0",
                         "4503599627370497.5",
                         "1.00000000000000011102230246251565",
                         "100000000000000000000000e-23",
                         "8.5e15",
                         "9007199254740993e0",
                         "2147483647",
                         "2147483648",
                         "-2147483648",
                         "-2147483649",
                         "1.0",
                         "1e2",
                         "5E+1",
                         "7e-0"};
  for (const char* text : texts) {
    INFO(std::string(text));
    REQUIRE(vm.read(text).status == JsonStatus::kOk);
    CHECK(same_bits(lua_tonumber(vm.L(), -1), std::strtod(text, nullptr)));
  }
  const std::string digits(2000, '7');
  for (const std::string& text :
       {digits, "0." + digits, digits + "e-1990", "0." + std::string(400, '0') + "1e390",
        "1" + std::string(3000000, '0') + "e-5", "0." + std::string(3000000, '0') + "1e5",
        "1" + std::string(3000000, '0') + "e-99999999", std::string("-1e-") + std::string(3000000, '9')}) {
    REQUIRE(vm.read(text).status == JsonStatus::kOk);
    CHECK(same_bits(lua_tonumber(vm.L(), -1), std::strtod(text.c_str(), nullptr)));
  }
}

TEST_CASE("random numbers are read as strtod reads them and survive being written") {
  JsonVm vm;
  std::mt19937_64 random(20250117);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    if (i % 2 == 0) {
      double value;
      const std::uint64_t bits = random();
      std::memcpy(&value, &bits, sizeof value);
      if (!std::isfinite(value)) continue;
      char written[core::kMaxNumberText];
      text.assign(written, core::write_double(written, value));
      REQUIRE(std::strtod(text.c_str(), nullptr) == value);
    } else {
      text = std::to_string(random() % 1000000);
      if (random() % 2 == 0) text += "." + std::to_string(random() >> (random() % 64));
      if (random() % 2 == 0) text += "e" + std::to_string(static_cast<int>(random() % 700) - 350);
    }
    INFO(text);
    REQUIRE(vm.read(text).status == JsonStatus::kOk);
    REQUIRE(same_bits(lua_tonumber(vm.L(), -1), std::strtod(text.c_str(), nullptr)));
  }
}

TEST_CASE("with int64 large integers keep every digit") {
  JsonVm vm;
  const core::JsonReadOptions int64{.int64 = true};
  check_value(vm, "9007199254740992", "type(v) == 'number'", int64);
  check_value(vm, "-9007199254740992", "type(v) == 'number'", int64);
  check_value(vm, "9007199254740993", "v == 9007199254740993LL and type(v) == 'cdata'", int64);
  check_value(vm, "-9007199254740993", "v == -9007199254740993LL", int64);
  check_value(vm, "9223372036854775807", "tostring(v) == '9223372036854775807LL'", int64);
  check_value(vm, "9223372036854775808", "tostring(v) == '9223372036854775808ULL'", int64);
  check_value(vm, "-9223372036854775808", "tostring(v) == '-9223372036854775808LL'", int64);
  check_value(vm, "18446744073709551615", "tostring(v) == '18446744073709551615ULL'", int64);
  check_value(vm, "18446744073709551616", "v == 2^64 and type(v) == 'number'", int64);
  check_value(vm, "-9223372036854775809", "v == -2^63 and type(v) == 'number'", int64);
  check_value(vm, "99999999999999999999", "v == 1e20 and type(v) == 'number'", int64);
  check_value(vm, "9007199254740993.0", "type(v) == 'number'", int64);
  check_value(vm, "9007199254740993", "v == 9007199254740992 and type(v) == 'number'");
}

TEST_CASE("int64 without the ffi library is a clear error") {
  const std::unique_ptr<lua_State, void (*)(lua_State*)> state(luaL_newstate(), lua_close);
  core::JsonError error;
  CHECK(core::json_read(state.get(), "[9007199254740993]", {.int64 = true}, error) == JsonStatus::kInvalid);
  CHECK(error.message == "a 64-bit integer needs the ffi library, which this VM has not opened");
  CHECK(error.offset == 1);
  CHECK(lua_gettop(state.get()) == 0);
}

TEST_CASE("records of one shape, of alternating shapes and of many shapes keep their members apart") {
  JsonVm vm;
  check_value(vm,
              R"([{"a":1,"b":2},{"a":3,"b":4},{"b":5,"a":6},{"a":7},{"a":8,"b":9,"c":10},{"a":null,"b":11}])",
              "v[2].b == 4 and v[3].a == 6 and v[4].b == nil and v[5].c == 10 and v[5].b == 9 and v[6].a == "
              "nil and v[6].b == 11");
  // A key of the shape before is a prefix of this one, ends in an escape, or is spelled with one.
  check_value(vm, R"([{"ab":1},{"abc":2},{"ab\"":3},{"a\u0062":4},{"ab" : 5},{"a":6}])",
              R"(v[2].abc == 2 and v[3]['ab"'] == 3 and v[4].ab == 4 and v[5].ab == 5 and v[6].a == 6)");
  check_value(vm, R"([{"a\\b":1},{"a\\b":2},{"a\b":3}])", R"(v[2]['a\\b'] == 2 and v[3]['a\b'] == 3)");
  check_value(vm, R"([{"a long key of its own":1},{"a long key of its own":2},{"a long key of its owN":3}])",
              "v[2]['a long key of its own'] == 2 and v[3]['a long key of its owN'] == 3");
  std::string text = "[";
  for (int round = 0; round < 3; ++round) {
    for (int shape = 0; shape < 200; ++shape) {
      text += text.size() > 1 ? ",{" : "{";
      for (int key = 0; key <= shape % 30; ++key) {
        text += (key > 0 ? ",\"k" : "\"k") + std::to_string(shape) + "_" + std::to_string(key) +
                "\":{\"v\":" + std::to_string(key) + "}";
      }
      text += "}";
    }
  }
  text += "]";
  check_value(vm, text, R"((function()
    for i, record in ipairs(v) do
      local shape, n = (i - 1) % 200, 0
      for key, inner in pairs(record) do
        n = n + 1
        if key ~= "k" .. shape .. "_" .. inner.v then return false end
      end
      if n ~= shape % 30 + 1 then return false end
    end
    return #v == 600
  end)())");
}

TEST_CASE("large arrays and objects are complete") {
  JsonVm vm;
  std::string array = "[";
  std::string object = "{";
  for (int i = 1; i <= 100000; ++i) {
    const std::string number = std::to_string(i);
    array += (i > 1 ? "," : "") + number;
    object += (i > 1 ? ",\"k" : "\"k") + number + "\":" + number;
  }
  check_value(vm, array + "]", "#v == 100000 and v[1] == 1 and v[257] == 257 and v[100000] == 100000");
  check_value(vm, object + "}", "v.k1 == 1 and v.k65537 == 65537 and v.k100000 == 100000");
}

TEST_CASE("every element of a document can be changed afterwards without touching another") {
  JsonVm vm;
  check_value(vm, R"([{"a":1,"t":[1]},{"a":2,"t":[1]},{"a":3,"t":[1]}])", R"((function()
    v[1].a, v[1].new, v[1].t[2] = "x", true, 2
    return v[2].a == 2 and v[3].a == 3 and v[2].new == nil and #v[2].t == 1
  end)())");
}

TEST_CASE("a set stop flag ends the conversion") {
  JsonVm vm;
  const std::atomic<std::uint32_t> stop{1};
  std::string text = "[0";
  for (int i = 0; i < 1000; ++i) text += ",0";
  CHECK(vm.read(text + "]", {.stop = &stop}).status == JsonStatus::kStopped);
  CHECK(vm.read("[1,2,3]", {.stop = &stop}).status == JsonStatus::kOk);
}

TEST_CASE("UTF-8 and ASCII are told apart at every length") {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string ascii(length, 'a');
    CHECK(core::is_ascii(ascii));
    CHECK(core::is_utf8(ascii));
    for (std::size_t at = 0; at <= length; ++at) {
      std::string text = ascii;
      text.insert(at, "\xe2\x82\xac");
      CHECK_FALSE(core::is_ascii(text));
      CHECK(core::is_utf8(text));
      text.erase(at + 2, 1);
      CHECK_FALSE(core::is_utf8(text));
    }
  }
}

}  // namespace luaskills::test
