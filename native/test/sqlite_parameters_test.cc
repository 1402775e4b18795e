// JSON text bound to parameters: every kind of value, every error, and text that is no JSON.
#include <random>
#include <string>

#include "sqlite_database.h"

namespace luaskills::test {
namespace {

struct Bound {
  std::string json;
  std::string rows;  // or the message of the error
};

TEST_CASE("each JSON value is bound as the type it stands for") {
  const Bound values[] = {
      {"[null]", R"([{"t":"null","v":"NULL"}])"},
      {"[true]", R"([{"t":"integer","v":"1"}])"},
      {"[false]", R"([{"t":"integer","v":"0"}])"},
      {"[0]", R"([{"t":"integer","v":"0"}])"},
      {"[-0]", R"([{"t":"integer","v":"0"}])"},
      {"[9223372036854775807]", R"([{"t":"integer","v":"9223372036854775807"}])"},
      {"[-9223372036854775808]", R"([{"t":"integer","v":"-9223372036854775808"}])"},
      {"[0.5]", R"([{"t":"real","v":"0.5"}])"},
      {"[1.0]", R"([{"t":"real","v":"1.0"}])"},
      {"[-0.0]", R"([{"t":"real","v":"0.0"}])"},
      {"[1e3]", R"([{"t":"real","v":"1000.0"}])"},
      {"[1E+21]", R"([{"t":"real","v":"1.0e+21"}])"},
      {R"(["it's"])", R"([{"t":"text","v":"'it''s'"}])"},
      {R"([""])", R"([{"t":"text","v":"''"}])"},
      {R"(["\ud83d\ude00\n\u00e9"])", R"([{"t":"text","v":"'😀\né'"}])"},
      {R"([{"kind":"null"}])", R"([{"t":"null","v":"NULL"}])"},
      {R"([{"kind":"null","value":[{"x":[]}]}])", R"([{"t":"null","v":"NULL"}])"},
      {R"([{"kind":" BOOL ","value":true}])", R"([{"t":"integer","v":"1"}])"},
      {R"([{"value":-5,"kind":"int64"}])", R"([{"t":"integer","v":"-5"}])"},
      {R"([{"kind":"float64","value":2}])", R"([{"t":"real","v":"2.0"}])"},
      {R"([{"kind":"float64","value":18446744073709551616}])",
       R"([{"t":"real","v":"1.8446744073709552e+19"}])"},
      {R"([{"kind":"string","value":"a\tb","other":{"k":1}}])", R"([{"t":"text","v":"'a\tb'"}])"},
      {R"([{"kind":"bytes","base64":"AAH/"}])", R"([{"t":"blob","v":"X'0001FF'"}])"},
      {R"([{"kind":"bytes","base64":"/w=="}])", R"([{"t":"blob","v":"X'FF'"}])"},
      {R"([{"kind":"bytes","base64":""}])", R"([{"t":"blob","v":"X''"}])"},
      {R"([{"kind":"bytes","base64":"\u0041AE="}])", R"([{"t":"blob","v":"X'0001'"}])"},
      {R"([{"kind":"bytes","value":[0,255],"base64":"AA=="}])", R"([{"t":"blob","v":"X'00'"}])"},
      {R"([{"kind":"bytes","value":[0,127,255]}])", R"([{"t":"blob","v":"X'007FFF'"}])"},
      {R"([{"kind":"bytes","value":[]}])", R"([{"t":"blob","v":"X''"}])"},
      {R"([{"kind":"bytes","value":{}}])", R"([{"t":"blob","v":"X''"}])"},
      {R"([{"kind":"x","kind":"int64","value":"a","value":1}])", R"([{"t":"integer","v":"1"}])"},
      {" \n[ \t7 \r] ", R"([{"t":"integer","v":"7"}])"},
  };
  Database database;
  for (const Bound& value : values) {
    CAPTURE(value.json);
    std::string rows = database.query("SELECT typeof(?1) AS t, quote(?1) AS v", value.json);
    CHECK(rows == value.rows);
  }
}

TEST_CASE("values that cannot be bound are errors that name their place") {
  const Bound values[] = {
      {"", "the statement has 1 parameter, but params holds 0 values"},
      {"[]", "the statement has 1 parameter, but params holds 0 values"},
      {"{}", "the statement has 1 parameter, but params holds 0 values"},
      {"[1,2]", "the statement has 1 parameter, but params holds 2 values"},
      {R"([1,{"a":[]}])", "the statement has 1 parameter, but params holds 2 values"},
      {"5", "params must be an array"},
      {R"({"a":1})", "params must be an array"},
      {"null", "params must be an array"},
      {"[9223372036854775808]",
       "params[0] is an integer beyond int64; {kind = \"float64\", value = …} binds the "
       "nearest double"},
      {"[-9223372036854775809]",
       "params[0] is an integer beyond int64; {kind = \"float64\", value = …} binds the "
       "nearest double"},
      {"[99999999999999999999999]",
       "params[0] is an integer beyond int64; {kind = \"float64\", value = …} binds "
       "the nearest double"},
      {"[1e999]", "params[0] is a number beyond the range of a double"},
      {"[[]]", "params[0] must be a scalar value or a typed object, not an array"},
      {"[{}]", "params[0] must be a scalar value or a typed object; it has no kind"},
      {R"([{"value":1}])", "params[0] must be a scalar value or a typed object; it has no kind"},
      {R"([{"kind":1}])", "params[0].kind must be a string"},
      {R"([{"kind":"date"}])",
       "params[0].kind must be null, bool, int64, float64, string or bytes, got date"},
      {R"([{"kind":""}])", "params[0].kind must be null, bool, int64, float64, string or bytes, got "},
      {R"([{"kind":"bool","value":1}])", "params[0].value must be a bool"},
      {R"([{"kind":"bool"}])", "params[0].value must be a bool"},
      {R"([{"kind":"int64","value":1.0}])", "params[0].value must be an int64"},
      {R"([{"kind":"int64","value":"1"}])", "params[0].value must be an int64"},
      {R"([{"kind":"int64","value":9223372036854775808}])", "params[0].value must be an int64"},
      {R"([{"kind":"float64","value":"1"}])", "params[0].value must be a float64"},
      {R"([{"kind":"float64","value":-1e999}])", "params[0].value is a number beyond the range of a double"},
      {R"([{"kind":"string","value":null}])", "params[0].value must be a string"},
      {R"([{"kind":"bytes"}])", "params[0].value must be an array of bytes, unless there is base64"},
      {R"([{"kind":"bytes","value":"AA=="}])",
       "params[0].value must be an array of bytes, unless there is base64"},
      {R"([{"kind":"bytes","value":{"a":1}}])",
       "params[0].value must be an array of bytes, unless there is base64"},
      {R"([{"kind":"bytes","base64":7,"value":{"a":1}}])",
       "params[0].value must be an array of bytes, unless there is base64"},
      {R"([{"kind":"bytes","value":[1,-1]}])", "params[0].value[1] must be an integer from 0 to 255"},
      {R"([{"kind":"bytes","value":[256]}])", "params[0].value[0] must be an integer from 0 to 255"},
      {R"([{"kind":"bytes","value":[1.5]}])", "params[0].value[0] must be an integer from 0 to 255"},
      {R"([{"kind":"bytes","value":[null]}])", "params[0].value[0] must be an integer from 0 to 255"},
      {R"([{"kind":"bytes","base64":"AA="}])",
       "params[0].base64 is invalid: its length is not a multiple of 4"},
      {R"([{"kind":"bytes","base64":"A==="}])",
       "params[0].base64 is invalid: it has a character outside the standard alphabet"},
      {R"([{"kind":"bytes","base64":"AA==AAAA"}])",
       "params[0].base64 is invalid: it has a character outside the standard alphabet"},
      {R"([{"kind":"bytes","base64":"A-_A"}])",
       "params[0].base64 is invalid: it has a character outside the standard alphabet"},
      {R"([{"kind":"bytes","base64":"AB=="}])",
       "params[0].base64 is invalid: bits behind the last byte are not zero"},
      {"[", "params is not valid JSON: unexpected end of the text at byte 1"},
      {"[1", "params is not valid JSON: unexpected end of the text at byte 2"},
      {"[1,", "params is not valid JSON: unexpected end of the text at byte 3"},
      {"[1,]", "params is not valid JSON: expected a value at byte 3"},
      {"[1 2]", "params is not valid JSON: expected a comma or the closing bracket at byte 3"},
      {"[1}", "params is not valid JSON: expected a comma or the closing bracket at byte 2"},
      {"[1]]", "params is not valid JSON: unexpected characters behind the value at byte 3"},
      {"[nul]", "params is not valid JSON: expected a value at byte 1"},
      {"[01]", "params is not valid JSON: a number must not start with 0 at byte 2"},
      {"[\"a]", "params is not valid JSON: unexpected end of the text in a string at byte 4"},
      {R"([{"kind":"null",}])", "params is not valid JSON: expected a value at byte 16"},
      {R"([{"kind" "null"}])", "params is not valid JSON: expected a colon at byte 9"},
      {R"([{"kind":])", "params is not valid JSON: expected a value at byte 9"},
  };
  Database database;
  for (const Bound& value : values) {
    CAPTURE(value.json);
    const std::string error = error_of([&] { database.query("SELECT ?", value.json); });
    CHECK(error == "PARAMETER: " + value.rows);
  }
}

TEST_CASE("elements bind by position, however the SQL spells its parameters") {
  Database database;
  const std::string rows = R"([{"a":1,"b":2,"c":3,"d":4,"e":1}])";
  CHECK(database.query("SELECT ? AS a, :x AS b, @y AS c, $z AS d, ?1 AS e", "[1,2,3,4]") == rows);
  CHECK(database.query("SELECT ?2 AS a", "[1,2]") == R"([{"a":2}])");
}

TEST_CASE("nesting beyond 128 brackets is an error, not a crash") {
  Database database;
  std::string deep = R"([{"kind":"null","value":)";
  deep.append(200000, '[');
  const std::string error = error_of([&] { database.query("SELECT ?", deep); });
  CHECK(error == "PARAMETER: params is not valid JSON: too many nested brackets at byte 152");
}

TEST_CASE("text with a NUL character keeps what is behind it") {
  Database database;
  CHECK(database.query("SELECT ? AS a", R"(["a\u0000b"])") == R"([{"a":"a\u0000b"}])");
}

TEST_CASE("JSON with random damage is bound or refused") {
  const std::string_view samples[] = {
      R"([1,-2.5e3,"täxt \u00e9\ud83d\ude00",null,true])",
      R"([{"kind":"bytes","base64":"AAECAwQF"},{"kind":"bytes","value":[1,22,255]}])",
      R"([{"kind":"int64","value":42,"x":{"y":[[],{}]}},{"value":"a\\b","kind":"string"}])",
  };
  Database database;
  std::mt19937 random(1);
  int refused = 0;
  for (int round = 0; round < 20000; round++) {
    std::string json(samples[random() % std::size(samples)]);
    for (unsigned change = 0; change <= random() % 3; change++) {
      const std::size_t at = random() % json.size();
      switch (random() % 3) {
        case 0:
          json[at] = static_cast<char>(random());
          break;
        case 1:
          json.erase(at, 1 + random() % 4);
          break;
        default:
          json.insert(at, 1, "[]{}\",:\\0-e."[random() % 12]);
          break;
      }
      if (json.empty()) json = "[";
    }
    const std::string error = error_of([&] { database.query("SELECT ?, ?", json); });
    CHECK((error.empty() || error.starts_with("PARAMETER: ")));
    if (!error.empty()) refused++;
  }
  CHECK(refused > 10000);
}

}  // namespace
}  // namespace luaskills::test
