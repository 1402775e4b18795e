#include <cmath>
#include <string>

#include "../core/number_text.h"
#include "json_vm.h"

namespace luaskills::test {

using core::JsonStatus;

namespace {

std::string text_of(JsonVm& vm, std::string_view code) {
  const WriteResult result = vm.write_code(code);
  INFO(code << ": " << result.error.path << ": " << result.error.message);
  CHECK(result.status == JsonStatus::kOk);
  return result.text;
}

std::string error_of(JsonVm& vm, std::string_view code) {
  const WriteResult result = vm.write_code(code, {.root = "result"});
  INFO(code << " gave " << result.text);
  CHECK(result.status == JsonStatus::kInvalid);
  CHECK(result.text.empty());
  return result.error.path + ": " + result.error.message;
}

std::string number_text(double value) {
  char text[core::kMaxNumberText];
  return {text, core::write_double(text, value)};
}

}  // namespace

TEST_CASE("scalars are written by their JSON form") {
  JsonVm vm;
  CHECK(text_of(vm, "return nil") == "null");
  CHECK(text_of(vm, "return null") == "null");
  CHECK(text_of(vm, "return true") == "true");
  CHECK(text_of(vm, "return false") == "false");
  CHECK(text_of(vm, "return 'x'") == "\"x\"");
  CHECK(text_of(vm, "return ''") == "\"\"");
}

TEST_CASE("numbers are written as ECMAScript writes them") {
  const struct {
    double value;
    const char* text;
  } cases[] = {{0, "0"},
               {-0.0, "0"},
               {1, "1"},
               {-1, "-1"},
               {100, "100"},
               {99, "99"},
               {1234567890123, "1234567890123"},
               {9007199254740991, "9007199254740991"},
               {-9007199254740991, "-9007199254740991"},
               {9007199254740992, "9007199254740992"},
               {1e20, "100000000000000000000"},
               {123456789012345680000.0, "123456789012345680000"},
               {1e21, "1e+21"},
               {-1.5e300, "-1.5e+300"},
               {12.5, "12.5"},
               {0.1, "0.1"},
               {-0.1, "-0.1"},
               {0.001, "0.001"},
               {0.000001, "0.000001"},
               {0.0000015, "0.0000015"},
               {1e-7, "1e-7"},
               {1.25e-7, "1.25e-7"},
               {52.520008, "52.520008"},
               {0.1 + 0.2, "0.30000000000000004"},
               {1.0 / 3, "0.3333333333333333"},
               {123456.789, "123456.789"},
               {999999999.999, "999999999.999"},
               {4503599627370495.5, "4503599627370495.5"},
               {5e-324, "5e-324"},
               {1.7976931348623157e308, "1.7976931348623157e+308"}};
  for (const auto& c : cases) CHECK(number_text(c.value) == c.text);
}

TEST_CASE("numbers without a JSON form become null") {
  JsonVm vm;
  CHECK(text_of(vm, "return {0/0, 1/0, -1/0, -0}") == "[null,null,null,0]");
}

TEST_CASE("64-bit integer cdata is written exactly, whatever its C name") {
  JsonVm vm;
  CHECK(text_of(vm, "return 9223372036854775807LL") == "9223372036854775807");
  CHECK(text_of(vm, "return -9223372036854775807LL - 1") == "-9223372036854775808");
  CHECK(text_of(vm, "return 18446744073709551615ULL") == "18446744073709551615");
  CHECK(text_of(vm, "return require('ffi').new('int64_t', -5)") == "-5");
  CHECK(text_of(vm, "return require('ffi').new('unsigned long long', 5)") == "5");
  CHECK(error_of(vm, "return {1, require('ffi').new('int', 5)}") == "result[2]: cannot convert cdata");
  CHECK(error_of(vm, "return {p = require('ffi').new('char[8]')}") == "result.p: cannot convert cdata");
  CHECK(error_of(vm, "return 1i") == "result: cannot convert cdata");
}

TEST_CASE("strings are escaped where JSON demands it and nowhere else") {
  JsonVm vm;
  CHECK(text_of(vm, R"(return '"\\/\b\f\n\r\t')") == R"("\"\\/\b\f\n\r\t")");
  CHECK(text_of(vm, R"(return '\0\1\31\127')") == "\"\\u0000\\u0001\\u001f\x7f\"");
  CHECK(text_of(vm, "return '\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80'") ==
        "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\"");
  CHECK(text_of(vm, "return '\xe2\x80\xa8'") == "\"\xe2\x80\xa8\"");
}

TEST_CASE("an escape is found at every position of strings of every length") {
  JsonVm vm;
  for (std::size_t length = 1; length <= 40; ++length) {
    for (std::size_t position = 0; position < length; ++position) {
      for (const char special : {'"', '\\', '\n', '\x01'}) {
        std::string value(length, 'x');
        value[position] = special;
        lua_settop(vm.L(), 0);
        lua_pushlstring(vm.L(), value.data(), value.size());
        const std::string written = vm.write().text;
        const ReadResult back = vm.read(written);
        REQUIRE(back.status == JsonStatus::kOk);
        REQUIRE(std::string(lua_tostring(vm.L(), -1)) == value);
        REQUIRE(written.size() == length + 2 + (special == '\x01' ? 5 : 1));
      }
    }
  }
}

TEST_CASE("strings that are not UTF-8 are refused with their path") {
  JsonVm vm;
  for (const char* bytes : {"\\128", "\\192\\128", "\\237\\160\\128", "\\244\\144\\128\\128", "\\226\\130",
                            "\\255", "\\240\\128\\128\\128", "\\224\\128\\128", "\\195"}) {
    const std::string code = std::string("return {a = {'ok', 'long enough for a block ") + bytes + "'}}";
    CHECK(error_of(vm, code) == "result.a[2]: string is not valid UTF-8");
  }
  CHECK(error_of(vm, "return {['k\\255'] = 1}") == "result[\"k\\xff\"]: key is not valid UTF-8");
}

TEST_CASE("tables of positive integers are arrays, holes become null") {
  JsonVm vm;
  CHECK(text_of(vm, "return {1, 2, 3}") == "[1,2,3]");
  CHECK(text_of(vm, "return {1, nil, 3}") == "[1,null,3]");
  CHECK(text_of(vm, "local t = {} t[3] = 'c' return t") == "[null,null,\"c\"]");
  CHECK(text_of(vm, "local t = {} for i = 10, 1, -1 do t[i] = i end return t") == "[1,2,3,4,5,6,7,8,9,10]");
  CHECK(text_of(vm, "return {{1}, {{2}}}") == "[[1],[[2]]]");
}

TEST_CASE("an array may have as many holes as its criterion allows") {
  JsonVm vm;
  // max n <= 2 * count + 8
  CHECK(text_of(vm, "return {[10] = 1}") == "[null,null,null,null,null,null,null,null,null,1]");
  CHECK(text_of(vm, "return {[11] = 1}") == R"({"11":1})");
  CHECK(text_of(vm, "return {1, [12] = 2}") == "[1,null,null,null,null,null,null,null,null,null,null,2]");
  CHECK(text_of(vm, "return {1, [13] = 2}") == R"({"1":1,"13":2})");
  CHECK(text_of(vm, "return {[4294967297] = 1}") == R"({"4294967297":1})");
}

TEST_CASE("other tables are objects and lose nothing") {
  JsonVm vm;
  CHECK(text_of(vm, "return {a = 1, b = {c = 2}}") == R"({"a":1,"b":{"c":2}})");
  CHECK(text_of(vm, "return {1, 2, a = 3}") == R"({"1":1,"2":2,"a":3})");
  CHECK(text_of(vm, "return {[0] = 'z', 'a'}") == R"({"0":"z","1":"a"})");
  CHECK(text_of(vm, "return {[-1] = 1}") == R"({"-1":1})");
  CHECK(text_of(vm, "return {[1.5] = 1, [1e300] = 2}") == R"({"1.5":1,"1e+300":2})");
  CHECK(text_of(vm, "return {[1/0] = 1, [-1/0] = 2}") == R"({"-inf":2,"inf":1})");
  CHECK(text_of(vm, "return {[''] = 1, ['a\\nb'] = 2}") == R"({"":1,"a\nb":2})");
  CHECK(text_of(vm, "local t = {a = 1, b = 2} t.a = nil return t") == R"({"b":2})");
}

TEST_CASE("keys that would become the same text are refused") {
  JsonVm vm;
  const std::string message = "the table has this key both as a string and as a number";
  CHECK(error_of(vm, "return {1, ['1'] = 2}") == "result[\"1\"]: " + message);
  CHECK(error_of(vm, "return {x = {[1.5] = 1, ['1.5'] = 2}}") == "result.x[\"1.5\"]: " + message);
  CHECK(error_of(vm, "return {[-7] = 1, ['-7'] = 2}") == "result[\"-7\"]: " + message);
  CHECK(error_of(vm, "return {[1/0] = 1, inf = 2}") == "result.inf: " + message);
  CHECK(text_of(vm, "return {1, ['01'] = 2, ['1.0'] = 3, ['+1'] = 4, ['-'] = 5, ['1x'] = 6, ['2'] = 7}") ==
        R"({"+1":4,"-":5,"01":2,"1":1,"1.0":3,"1x":6,"2":7})");
}

TEST_CASE("an empty table is an array unless it is marked") {
  JsonVm vm;
  CHECK(text_of(vm, "return {}") == "[]");
  CHECK(text_of(vm, "return {x = nil}") == "[]");
  CHECK(text_of(vm, "return object({})") == "{}");
  CHECK(text_of(vm, "return array({})") == "[]");
  CHECK(text_of(vm, "return {a = object({}), b = {}}") == R"({"a":{},"b":[]})");
}

TEST_CASE("marks decide for tables with elements as well") {
  JsonVm vm;
  CHECK(text_of(vm, "return object({'a', 'b'})") == R"({"1":"a","2":"b"})");
  CHECK(text_of(vm, "return array({[20] = 1})") == "[" + [] {
    std::string nulls;
    for (int i = 0; i < 19; ++i) nulls += "null,";
    return nulls;
  }() + "1]");
  const std::string message = "a table marked as an array cannot have this key";
  CHECK(error_of(vm, "return {list = array({1, name = 2})}") == "result.list.name: " + message);
  CHECK(error_of(vm, "return array({[0] = 1})") == "result[0]: " + message);
  CHECK(error_of(vm, "return array({[1.5] = 1})") == "result[1.5]: " + message);
}

TEST_CASE("marks show their name instead of a table that skills could change") {
  JsonVm vm;
  CHECK(text_of(vm, "return {getmetatable(object({})), getmetatable(array({}))}") ==
        R"(["json.object","json.array"])");
}

TEST_CASE("values without a JSON form are refused with their path") {
  JsonVm vm;
  CHECK(error_of(vm, "return print") == "result: cannot convert function");
  CHECK(error_of(vm, "return {items = {1, 2, {cb = function() end}}}") ==
        "result.items[3].cb: cannot convert function");
  CHECK(error_of(vm, "return {a = coroutine.create(print)}") == "result.a: cannot convert thread");
  CHECK(error_of(vm, "return {['not a name'] = io.stdout}") ==
        "result[\"not a name\"]: cannot convert userdata");
  CHECK(error_of(vm, "return {[7] = print, x = 1}") == "result[7]: cannot convert function");
  CHECK(error_of(vm, "return {[true] = 1}") == "result[true]: cannot convert a boolean as key");
  CHECK(error_of(vm, "return {a = {[{}] = 1}}") == "result.a[table]: cannot convert a table as key");
  CHECK(error_of(vm, "return {['q\"\\\\'] = print}") == R"(result["q\"\\"]: cannot convert function)");
  lua_settop(vm.L(), 0);
  lua_pushlightuserdata(vm.L(), &vm);
  CHECK(vm.write().error.message == "cannot convert userdata");
}

TEST_CASE("a very long key is shortened in the path") {
  JsonVm vm;
  const std::string error = error_of(vm, "return {[('x'):rep(1000)] = print}");
  CHECK(error == "result[\"" + std::string(80, 'x') + "...\"]: cannot convert function");
}

TEST_CASE("cycles are refused, shared tables are not") {
  JsonVm vm;
  CHECK(error_of(vm, "local t = {} t.a = {b = {t}} return t") == "result.a.b[1]: table contains itself");
  CHECK(error_of(vm, "local t = {} t[1] = t return {x = t}") == "result.x[1]: table contains itself");
  CHECK(text_of(vm, "local s = {1} return {a = s, b = s, c = {s, s}}") ==
        R"({"a":[1],"b":[1],"c":[[1],[1]]})");
}

TEST_CASE("128 levels are written, 129 are refused") {
  JsonVm vm;
  const auto nest = [](int levels) {
    return "local t = {} for i = 2, " + std::to_string(levels) + " do t = {t} end return t";
  };
  CHECK(text_of(vm, nest(128)) == std::string(128, '[') + std::string(128, ']'));
  const std::string error = error_of(vm, nest(129));
  CHECK(error.ends_with("[1]: nested deeper than 128 levels"));
}

TEST_CASE("metamethods are not called") {
  JsonVm vm;
  CHECK(text_of(vm, R"(
    local function fail() error("called") end
    return setmetatable({a = 1}, {__index = fail, __pairs = fail, __len = fail, __tostring = fail, __ipairs = fail})
  )") == R"({"a":1})");
}

TEST_CASE("sorted keys come in byte order, unsorted ones completely") {
  JsonVm vm;
  CHECK(text_of(vm, "return {b = 1, a = 2, B = 3, ['\xc3\xa4'] = 4, aa = 5, [10] = 6, [9] = 7}") ==
        "{\"10\":6,\"9\":7,\"B\":3,\"a\":2,\"aa\":5,\"b\":1,\"\xc3\xa4\":4}");
  CHECK(text_of(vm, "return {z = {b = 1, a = {d = 1, c = 2}}, y = {f = 1, e = 2}}") ==
        R"({"y":{"e":2,"f":1},"z":{"a":{"c":2,"d":1},"b":1}})");
  const WriteResult unsorted = vm.write_code("return {b = 1, a = 2, 3}", {});
  CHECK(unsorted.text.size() == std::string_view(R"({"1":3,"a":2,"b":1})").size());
}

TEST_CASE("text up to max_bytes is written, longer text is refused") {
  JsonVm vm;
  for (const char* code : {"return {1, 2, 3}", "return {a = {b = 'text'}}", "return 'abcdefghij'",
                           "return {{{}}}", "return 12345", "return '\\n\\n\\n\\n\\n'"}) {
    const std::size_t size = text_of(vm, code).size();
    CHECK(vm.write_code(code, {.max_bytes = size}).status == JsonStatus::kOk);
    const WriteResult refused = vm.write_code(code, {.root = "result", .max_bytes = size - 1});
    CHECK(refused.status == JsonStatus::kInvalid);
    CHECK(refused.error.path == "result");
    CHECK(refused.error.message == "JSON text is longer than " + std::to_string(size - 1) + " bytes");
  }
  CHECK(
      vm.write_code("local t = {} for i = 1, 100000 do t[i] = i end return t", {.max_bytes = 1000}).status ==
      JsonStatus::kInvalid);
}

TEST_CASE("a set stop flag ends the conversion") {
  JsonVm vm;
  const std::atomic<std::uint32_t> stop{1};
  const WriteResult result =
      vm.write_code("local t = {} for i = 1, 1000 do t[i] = i end return t", {.stop = &stop});
  CHECK(result.status == JsonStatus::kStopped);
  CHECK(result.text.empty());
}

TEST_CASE("text is appended to the buffer and an error leaves it as it was") {
  JsonVm vm;
  core::TextBuffer out;
  core::JsonError error;
  vm.eval("return {1, 'two'}");
  REQUIRE(core::json_write(vm.L(), -1, out, {}, error) == JsonStatus::kOk);
  vm.eval("return {1, print}");
  REQUIRE(core::json_write(vm.L(), 1, out, {}, error) == JsonStatus::kInvalid);
  CHECK(out.view() == R"([1,"two"])");
  vm.eval("return true");
  REQUIRE(core::json_write(vm.L(), -1, out, {}, error) == JsonStatus::kOk);
  CHECK(out.view() == R"([1,"two"]true)");
  const std::size_t capacity = out.capacity();
  out.clear();
  CHECK(out.size() == 0);
  CHECK(out.capacity() == capacity);
}

TEST_CASE("a long run of closing brackets and escapes fits the buffer at every size") {
  JsonVm vm;
  for (int padding = 0; padding < 600; padding += 7) {
    const std::string code = "local t = {'" + std::string(static_cast<std::size_t>(padding), 'x') +
                             "'} for i = 2, 128 do t = {t} end return t";
    CHECK(text_of(vm, code).size() == static_cast<std::size_t>(padding) + 2 + 256);
    CHECK(text_of(vm, "return ('\\1'):rep(" + std::to_string(padding) + ")").size() ==
          static_cast<std::size_t>(padding) * 6 + 2);
  }
}

}  // namespace luaskills::test
