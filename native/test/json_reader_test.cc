// What is JSON and what is not: grammar, depth, and where errors point.
#include <string>
#include <vector>

#include "json_vm.h"

namespace luaskills::test {

using core::JsonStatus;
using namespace std::string_literals;

namespace {

std::string reading_error(JsonVm& vm, std::string_view text) {
  const ReadResult result = vm.read(text);
  INFO("text: " << std::string(text));
  CHECK(result.status == JsonStatus::kInvalid);
  CHECK(result.raised.empty());
  CHECK(result.error.offset <= text.size());
  CHECK(lua_isnil(vm.L(), -1));
  return std::to_string(result.error.offset) + ": " + result.error.message;
}

}  // namespace

TEST_CASE("every form of RFC 8259 is accepted") {
  const std::string accepted[] = {"[[]   ]",
                                  "[\"\"]",
                                  "[]",
                                  "[\"a\"]",
                                  "[false]",
                                  "[null, 1, \"1\", {}]",
                                  "[null]",
                                  "[1\n]",
                                  " [1]",
                                  "[1,null,null,null,2]",
                                  "[2] ",
                                  "[123e65]",
                                  "[0e+1]",
                                  "[0e1]",
                                  "[ 4]",
                                  "[-0.000000000000000000000000000001]",
                                  "[20e1]",
                                  "[-0]",
                                  "[-123]",
                                  "[-1]",
                                  "[1E22]",
                                  "[1E-2]",
                                  "[1E+2]",
                                  "[123e45]",
                                  "[123.456e78]",
                                  "[1e-2]",
                                  "[1e+2]",
                                  "[123]",
                                  "[123.456789]",
                                  "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}",
                                  "{\"asd\":\"sdf\"}",
                                  "{\"a\":\"b\",\"a\":\"c\"}",
                                  "{\"a\":\"b\",\"a\":\"b\"}",
                                  "{}",
                                  "{\"\":0}",
                                  "{\"foo\\u0000bar\": 42}",
                                  "{ \"min\": -1.0e+28, \"max\": 1.0e+28 }",
                                  "{\"a\":[]}",
                                  "{\"title\":\"\\u041f\\u043e\\u043b\\u0442\" }",
                                  "{\n\"a\": \"b\"\n}",
                                  "[\"\\u0060\\u012a\\u12AB\"]",
                                  "[\"\\uD801\\udc37\"]",
                                  "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
                                  "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
                                  "[\"\\\\u0000\"]",
                                  "[\"\\\"\"]",
                                  "[\"a/*b*/c/*d//e\"]",
                                  "[\"\\\\a\"]",
                                  "[\"\\\\n\"]",
                                  "[\"\\u0012\"]",
                                  "[\"\\uFFFF\"]",
                                  "[\"asd\"]",
                                  "[ \"asd\"]",
                                  "[\"\\uDBFF\\uDFFF\"]",
                                  "[\"new\\u00A0line\"]",
                                  "[\"\xf4\x8f\xbf\xbf\"]",
                                  "[\"\xef\xbf\xbf\"]",
                                  "[\"\\u0000\"]",
                                  "[\"\\u002c\"]",
                                  "[\"\xcf\x80\"]",
                                  "[\"\xf0\x9b\xbf\xbf\"]",
                                  "[\"asd \"]",
                                  "\" \"",
                                  "[\"\\uD834\\uDd1e\"]",
                                  "[\"\\u0821\"]",
                                  "[\"\\u0123\"]",
                                  "[\"\xe2\x80\xa8\"]",
                                  "[\"\xe2\x80\xa9\"]",
                                  "[\"\\u0061\\u30af\\u30EA\\u30b9\"]",
                                  "[\"new\\u000Aline\"]",
                                  "[\"\x7f\"]",
                                  "[\"\\uA66D\"]",
                                  "[\"\\u005C\"]",
                                  "[\"\xe2\x8d\x82\xe3\x88\xb4\xe2\x8d\x82\"]",
                                  "[\"\\u0022\"]",
                                  "[\"\\uDBFF\\uDFFE\"]",
                                  "[\"\\uD83F\\uDFFE\"]",
                                  "[\"\\u200B\"]",
                                  "[\"\\u2064\"]",
                                  "[\"\\uFDD0\"]",
                                  "[\"\\uFFFE\"]",
                                  "[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]",
                                  "[\"a\x7f"
                                  "a\"]",
                                  "false",
                                  "42",
                                  "-0.1",
                                  "null",
                                  "\"asd\"",
                                  "true",
                                  "\"\"",
                                  "[\"a\"]\n",
                                  "[true]",
                                  " [] ",
                                  "\t\r\n {} \r\n\t",
                                  "0",
                                  "-0",
                                  "0.0",
                                  "1e0",
                                  "{\"a\":{\"b\":{}}}"};
  JsonVm vm;
  for (const std::string& text : accepted) {
    INFO("text: " << text);
    const ReadResult result = vm.read(text);
    INFO(result.error.message);
    CHECK(result.status == JsonStatus::kOk);
    // Without bytes behind it, too: the text needs no terminator and nothing is read beyond its end.
    const std::vector<char> exact(text.begin(), text.end());
    CHECK(vm.read({exact.data(), exact.size()}).status == JsonStatus::kOk);
  }
}

TEST_CASE("every departure from RFC 8259 is refused") {
  const std::string refused[] = {
      // structure
      "", " ", "[", "]", "{", "}", "[]]", "[]}", "{}}", "{]", "[}", "[1", "[1,", "[,", "[,1]", "[1,]",
      "[1,,]", "[1,,2]", "[,]", "[1 true]", "[1:2]", "[\"a\" \"b\"]", "[\"\"", "[\"a\",", "[\"a\"", "[a",
      "[1]x", "[1] 2", "{} 1", "1 2", "[][]", "{}{}", "[1],", "[\n4\n,1,", "[[", "[{", "[{}", "[{\"a\"",
      "[{\"a\":", "[{\"a\":1", "[{\"a\":1}", "[1}", "{\"a\":1]", "[\"x\"]]", "[3[4]]", "[-]", "[*]", "[x",
      "[x, ]",
      "[\x0b"
      "1]",
      "[\f1]", "\xef\xbb\xbf[]", "\xef\xbb\xbf", "\0"s, "[]\0"s, "[\0]"s, "\xe2\x81\xa0[]", "\xa0[]",
      "\xc2\xa0[]", "[\xc2\xa0]", "<null>", "[<null>]", "*", "abc", "\xe5", "\xef\xbb{}", "{\"a\":\"b\"}/**/",
      "{\"a\":\"b\"}//", "{\"a\":/*x*/\"b\"}", "// x\n1", "/**/1", "#1", "[\"a\"\n,4\n,1 //\n]",
      // objects
      "{,}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{\"a\",1}", "{\"a\"::1}", "{\"a\":1,}", "{\"a\":1,,}",
      "{\"a\":1,,\"b\":2}", "{:1}", "{1:1}", "{a:1}", "{'a':1}", "{null:1}", "{[]:1}", "{\"a\":1 \"b\":2}",
      "{\"a\":1:2}", "{\"a\":1 x}", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,\"",
      "{\"a\":1;\"b\":2}", "{\"a\":\"a\" 123}", "{key: 'value'}", "{\"x\", null}", "{9999E9999:1}",
      "{\"a\":\"b\"}#", "{\"asd\":\"asd\"", "{\"a\":true,}", "{ \"foo\" : \"bar\", \"a\" }",
      "{\xf0\x9f\x87\xa8\xf0\x9f\x87\xad}", "{{}}", "{{\"a\":1}:2}", "{\"id\":0,,,,,}", "{ ,\"a\":1}",
      // literals
      "nul", "nulll", "tru", "truex", "fals", "falsey", "True", "NULL", "Null", "nil", "undefined", "[tru]",
      "[nul]", "[fals]", "[nan]", "NaN", "[NaN]", "Infinity", "-Infinity", "[-Infinity]", "[Inf]", "+Inf",
      "n", "t", "f",
      // numbers
      "-", "+1", "[+1]", "01", "[-01]", "00", "-00", "1.", "[1.]", ".1", "[.1]", "-.1", "[-.5]", "[2.]",
      "1.e1", "[0.e1]", "1e", "[1e]", "1e+", "1e-", "[1.0e]", "[1.0e+]", "[0E+]", "[0E]", "[1ee2]", "[1e1.5]",
      "[1e+-2]", "[1eE2]", "1.2.3", "[1+2]", "[1-2]", "--1", "[--2.]", "[++1234]", "-x", "[- 1]", "0x1",
      "[0x42]", "0b1", "1_000", "1,000", "1a", "[1.8011670033376514H-308]", "[1 000.0]", "[0.3e]", "[0.3e+]",
      "[9.e+]", "[2.e+3]", "[2.e-3]", "[2.e3]", "[-1x]", "[-a]", "[-2.]", "[-1.0.]", "[1.2a-3]", "[012]",
      "[-012]", "[-123.123foo]", "[123\xe5]", "[1e1\xe5]", "[0\xe5]", "[\xef\xbc\x91]", "[1L]", "[1f]",
      "[1.0d]", "[0x]",
      // strings
      "\"", "\"a", "\"\\", "\"\\\"", "'a'", "['a']", "[\"\\x00\"]", "[\"\\a\"]", "[\"\\'\"]", "[\"\\0\"]",
      "[\"\\e\"]", "[\"\\U0041\"]", "[\"\\\n\"]", "[\"\\\"]", "[\"\\\\\\\"]", "[\"\\u\"]", "[\"\\u0\"]",
      "[\"\\u00\"]", "[\"\\u000\"]", "[\"\\u000g\"]", "[\"\\u00A\"]", "[\"\\u 041\"]", "[\"\\u+041\"]",
      "\"\\u12", "\"\\u1234", "[\"a\nb\"]", "[\"a\tb\"]", "[\"\x01\"]", "[\"\x1f\"]", "[\"a\0b\"]"s,
      "[\"\r\"]", "\"\x08\"", "[\\u0020\"a\"]", "[\"\\\xf0\x9f\x8c\x80\"]", "[\"\\u\xe5\"]", "\"a\"b",
      "[\"a\"b\"]", "\"\"x",
      // surrogates
      "[\"\\uD800\"]", "[\"\\uDC00\"]", "[\"\\uD800\\n\"]", "[\"\\uD800\\u\"]", "[\"\\uD800\\u1\"]",
      "[\"\\uD800\\u1x\"]", "[\"\\uD800abc\"]", "[\"\\uD800\\uD800\"]", "[\"\\uDC00\\uD800\"]",
      "[\"\\uD800\\uD800\\uDC00\"]", "[\"\\uDFFF\"]", "[\"\\uD800", "[\"\\uD800\\", "[\"\\uD800\\uDC0",
      "[\"\\uD834\\\\DD1E\"]", "{\"\\uD800\":1}",
      // UTF-8
      "[\"\x80\"]", "[\"\xbf\"]", "[\"\xc0\x80\"]", "[\"\xc1\xbf\"]", "[\"\xc3\"]", "[\"\xc3\x28\"]",
      "[\"\xe0\x80\x80\"]", "[\"\xe0\x9f\xbf\"]", "[\"\xe2\x82\"]", "[\"\xe2\x28\xa1\"]",
      "[\"\xed\xa0\x80\"]", "[\"\xed\xbf\xbf\"]", "[\"\xf0\x80\x80\x80\"]", "[\"\xf0\x8f\xbf\xbf\"]",
      "[\"\xf0\x9f\x98\"]", "[\"\xf4\x90\x80\x80\"]", "[\"\xf5\x80\x80\x80\"]", "[\"\xf8\x88\x80\x80\x80\"]",
      "[\"\xfc\x80\x80\x80\x80\x80\"]", "[\"\xfe\"]", "[\"\xff\"]", "[\"\xe9\"]", "{\"\xff\":1}",
      "[\"0123456789abcdef\xff\"]", "\"\xc3", "\"\xe2\x82", "\"\xf0\x9f\x98", "[\"\xc3\xa4\xa4\"]"};
  JsonVm vm;
  for (const std::string& text : refused) {
    reading_error(vm, text);
    const std::vector<char> exact(text.begin(), text.end());
    CHECK(vm.read({exact.data(), exact.size()}).status == JsonStatus::kInvalid);
  }
}

TEST_CASE("errors say what and at which byte") {
  JsonVm vm;
  CHECK(reading_error(vm, "") == "0: the text is empty");
  CHECK(reading_error(vm, "  ") == "2: the text is empty");
  CHECK(reading_error(vm, "[1, 2") == "5: unexpected end of the text in an array");
  CHECK(reading_error(vm, "[1, 2, x]") == "7: expected a value");
  CHECK(reading_error(vm, "[1 2]") == "3: expected ',' or ']' after an array element");
  CHECK(reading_error(vm, "{\"a\":1 \"b\"}") == "7: expected ',' or '}' after an object member");
  CHECK(reading_error(vm, "{\"a\" 1}") == "5: expected ':' after an object key");
  CHECK(reading_error(vm, "{a:1}") == "1: expected a string as object key");
  CHECK(reading_error(vm, "{\"a\":1,}") == "7: expected a string as object key");
  CHECK(reading_error(vm, "{} x") == "3: unexpected text after the value");
  CHECK(reading_error(vm, "[01]") == "2: a number must not start with 0");
  CHECK(reading_error(vm, "[1.x]") == "3: expected a digit after the decimal point");
  CHECK(reading_error(vm, "[1e+]") == "4: expected a digit in the exponent");
  CHECK(reading_error(vm, "[-x]") == "2: expected a digit after the minus sign");
  CHECK(reading_error(vm, "\"ab\\q\"") == "3: unknown escape in a string");
  CHECK(reading_error(vm, "\"ab\\u12\"") == "3: \\u needs four hexadecimal digits");
  CHECK(reading_error(vm, "\"ab\\ud800\"") == "3: lone surrogate in a string");
  CHECK(reading_error(vm, "\"ab\n\"") == "3: a control character in a string must be written as an escape");
  CHECK(reading_error(vm, "\"0123456789abcdef\xff\"") == "17: invalid UTF-8 in a string");
  CHECK(reading_error(vm, "\"ab") == "3: unexpected end of the text in a string");
}

TEST_CASE("128 levels are read, 129 are refused where they begin") {
  JsonVm vm;
  const auto arrays = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK(vm.read(arrays(128)).status == JsonStatus::kOk);
  CHECK(reading_error(vm, arrays(129)) == "128: nested deeper than 128 levels");
  CHECK(reading_error(vm, std::string(1000000, '[')) == "128: nested deeper than 128 levels");
  std::string objects;
  for (int i = 0; i < 129; ++i) objects += "{\"a\":";
  CHECK(reading_error(vm, objects) == "640: nested deeper than 128 levels");
  CHECK(vm.read("[" + arrays(127) + "," + arrays(127) + "]").status == JsonStatus::kOk);
}

}  // namespace luaskills::test
