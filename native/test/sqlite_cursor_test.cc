// Rows of a query as the columns of Arrow: batches, conversions, and the ends of a cursor.
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "../sqlite/cursor.h"
#include "sqlite_database.h"

namespace luaskills::test {
namespace {

using sqlite::ArrowArray;
using sqlite::ArrowType;
using sqlite::ColumnValues;
using sqlite::Cursor;

template <typename Value>
std::vector<Value> read(std::span<const std::byte> bytes) {
  std::vector<Value> values(bytes.size() / sizeof(Value));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

bool is_valid(const ArrowArray& array, std::size_t row) {
  if (array.validity.empty()) return true;
  return (std::to_integer<unsigned>(array.validity[row / 8]) >> (row % 8) & 1) != 0;
}

// `text|NULL|…`
std::string texts(const ArrowArray& array) {
  const std::vector<std::int32_t> offsets = read<std::int32_t>(array.offsets);
  std::string result;
  for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
    if (row != 0) result += '|';
    const auto start = static_cast<std::size_t>(offsets[row]);
    const auto length = static_cast<std::size_t>(offsets[row + 1]) - start;
    if (is_valid(array, row)) {
      result.append(reinterpret_cast<const char*>(array.values.data()) + start, length);
    } else {
      CHECK(length == 0);
      result += "NULL";
    }
  }
  return result;
}

template <typename Value>
std::string numbers(const ArrowArray& array) {
  std::string result;
  const std::vector<Value> values = read<Value>(array.values);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (row != 0) result += '|';
    result += is_valid(array, row) ? std::to_string(values[row]) : "NULL";
  }
  return result;
}

const char* kNumbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) ";

TEST_CASE("rows come in batches, and the end is seen with the last row when there is room for one more") {
  Database database;
  Cursor cursor(database.connection(), std::string(kNumbers) + "SELECT i FROM n", "");
  CHECK(cursor.is_readonly());
  CHECK(cursor.fetch(1000) == 1000);
  CHECK(!cursor.is_done());
  CHECK(cursor.fetch(1500) == 1500);
  CHECK(!cursor.is_done());
  CHECK(cursor.fetch(1000) == 0);
  CHECK(cursor.is_done());
  CHECK(cursor.fetch(1000) == 0);

  Cursor other(database.connection(), std::string(kNumbers) + "SELECT i FROM n", "");
  CHECK(other.fetch(2501) == 2500);
  CHECK(other.is_done());
}

TEST_CASE("a batch holds about 4 MiB, but a single larger row") {
  Database database;
  Cursor cursor(database.connection(), std::string(kNumbers) + "SELECT zeroblob(1000000) FROM n LIMIT 7", "");
  CHECK(cursor.fetch(1000) == 5);
  CHECK(cursor.fetch(1000) == 2);
  CHECK(cursor.is_done());
  Cursor large(database.connection(), "SELECT zeroblob(9000000) UNION ALL SELECT 'x'", "");
  CHECK(large.fetch(1000) == 1);
  CHECK(large.build(0, ArrowType::kBinary).values.size() == 9'000'000);
  CHECK(large.fetch(1000) == 1);
}

TEST_CASE("columns have their names, declared types and kinds of values") {
  Database database;
  database.script(
      "CREATE TABLE t (a INTEGER, b VARCHAR(10), c); INSERT INTO t VALUES (1, 'x', NULL), (2.5, x'00', "
      "NULL)");
  Cursor cursor(database.connection(), "SELECT a, b AS \"二\", c, a + 1 FROM t WHERE a > ?", "[0]");
  CHECK(cursor.columns().empty());
  REQUIRE(cursor.fetch(10) == 2);
  REQUIRE(cursor.columns().size() == 4);
  CHECK(cursor.columns()[0].name == "a");
  CHECK(cursor.columns()[0].declared == "INTEGER");
  CHECK(cursor.columns()[1].name == "二");
  CHECK(cursor.columns()[1].declared == "VARCHAR(10)");
  CHECK(cursor.columns()[2].declared.empty());
  CHECK(cursor.columns()[3].declared.empty());
  CHECK(cursor.seen(0) == (ColumnValues::kIntegers | ColumnValues::kReals));
  CHECK(cursor.seen(1) == (ColumnValues::kTexts | ColumnValues::kBlobs));
  CHECK(cursor.seen(2) == ColumnValues::kNone);
}

TEST_CASE("columns are those of the table when the statement runs, not when it was prepared") {
  TemporaryFile file;
  Database database(file.path());
  database.script("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  Cursor cursor(database.connection(), "SELECT * FROM t", "");
  Database other(file.path());
  other.script("ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'new'");
  REQUIRE(cursor.fetch(10) == 1);
  REQUIRE(cursor.columns().size() == 2);
  CHECK(texts(cursor.build(1, ArrowType::kUtf8)) == "new");
}

TEST_CASE("values become what the type of their column can say") {
  Database database;
  Cursor cursor(
      database.connection(),
      "SELECT * FROM (VALUES (1), (NULL), (-2.9), (2.0), (-0.0), (1e300), (-9e999), ('é'), (x'0aF0'), (x''), "
      "(CAST(x'ff41' AS TEXT)), (9223372036854775807))",
      "");
  REQUIRE(cursor.fetch(100) == 12);
  const ArrowArray integers = cursor.build(0, ArrowType::kInt64);
  CHECK(numbers<std::int64_t>(integers) ==
        "1|NULL|-2|2|0|9223372036854775807|-9223372036854775808|NULL|NULL|NULL|NULL|9223372036854775807");
  CHECK(integers.null_count == 5);
  CHECK(integers.validity.size() == 8);
  const ArrowArray reals = cursor.build(0, ArrowType::kFloat64);
  CHECK(reals.null_count == 5);
  const std::vector<double> values = read<double>(reals.values);
  CHECK(values[0] == 1.0);
  CHECK(values[2] == -2.9);
  CHECK(values[6] == -std::numeric_limits<double>::infinity());
  CHECK(values[11] == 9223372036854775808.0);
  const ArrowArray utf8 = cursor.build(0, ArrowType::kUtf8);
  CHECK(texts(utf8) == "1|NULL|-2.9|2.0|-0.0|1e+300|-inf|é|x'0AF0'|x''|NULL|9223372036854775807");
  CHECK(utf8.null_count == 2);
  const ArrowArray binary = cursor.build(0, ArrowType::kBinary);
  CHECK(texts(binary) ==
        "1|NULL|-2.9|2.0|-0.0|1e+300|-inf|é|\x0a\xf0||\xff"
        "A|9223372036854775807");
  CHECK(binary.null_count == 1);
}

TEST_CASE("columns of one kind are taken as they are") {
  Database database;
  Cursor cursor(database.connection(),
                "SELECT column1, column2, column3, column4 FROM (VALUES (1, 1.5, 'a', x'00'), (NULL, NULL, "
                "NULL, NULL), "
                "(-9223372036854775807 - 1, -2.5, '', x''), (3, 4.5, 'bc', x'0102'))",
                "");
  REQUIRE(cursor.fetch(100) == 4);
  CHECK(numbers<std::int64_t>(cursor.build(0, ArrowType::kInt64)) == "1|NULL|-9223372036854775808|3");
  CHECK(numbers<double>(cursor.build(1, ArrowType::kFloat64)) == "1.500000|NULL|-2.500000|4.500000");
  CHECK(texts(cursor.build(2, ArrowType::kUtf8)) == "a|NULL||bc");
  CHECK(texts(cursor.build(3, ArrowType::kBinary)) == std::string("\0|NULL||\x01\x02", 10));
}

TEST_CASE("there is no bitmap without nulls, and one of whole words with them") {
  Database database;
  Cursor cursor(database.connection(),
                std::string(kNumbers) + "SELECT i, CASE i WHEN 65 THEN NULL ELSE 'x' END FROM n", "");
  REQUIRE(cursor.fetch(65) == 65);
  CHECK(cursor.build(0, ArrowType::kInt64).validity.empty());
  const ArrowArray array = cursor.build(1, ArrowType::kUtf8);
  CHECK(array.validity.size() == 16);
  CHECK(array.null_count == 1);
  CHECK(is_valid(array, 63));
  CHECK(!is_valid(array, 64));
  REQUIRE(cursor.fetch(65) == 65);
  CHECK(cursor.build(1, ArrowType::kUtf8).validity.empty());
}

TEST_CASE("text of another encoding arrives as UTF-8") {
  Database database;
  database.script("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('漢字 😀')");
  Cursor cursor(database.connection(), "SELECT a FROM t", "");
  REQUIRE(cursor.fetch(10) == 1);
  CHECK(texts(cursor.build(0, ArrowType::kUtf8)) == "漢字 😀");
}

TEST_CASE("a statement that changes the database has done so when its cursor is done") {
  Database database;
  database.script("CREATE TABLE t (a)");
  Cursor cursor(database.connection(), "INSERT INTO t VALUES (1), (2), (3) RETURNING a", "");
  CHECK(!cursor.is_readonly());
  CHECK(cursor.fetch(10) == 3);
  CHECK(cursor.is_done());
  CHECK(database.query("SELECT count(*) AS n FROM t") == R"([{"n":3}])");
  Cursor plain(database.connection(), "DELETE FROM t", "");
  CHECK(plain.fetch(10) == 0);
  CHECK(database.query("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
}

TEST_CASE("a cursor that is done holds no lock") {
  TemporaryFile file;
  Database database(file.path());
  database.script("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  Cursor cursor(database.connection(), "SELECT a FROM t", "");
  REQUIRE(cursor.fetch(10) == 1);
  database.script("DROP TABLE t");
  CHECK(texts(cursor.build(0, ArrowType::kUtf8)) == "1");
}

TEST_CASE("what cannot be prepared or bound is no cursor") {
  const struct {
    const char* sql;
    const char* params;
    const char* code;
  } cases[] = {
      {"SELEC 1", "", "SQLITE_ERROR"},     {"SELECT 1; SELECT 2", "", "MULTIPLE_STATEMENTS"},
      {"-- nothing", "", "NO_STATEMENT"},  {"SELECT ?", "", "PARAMETER"},
      {"SELECT ?", "[1, 2]", "PARAMETER"}, {"SELECT ?", "[[1]]", "PARAMETER"},
  };
  Database database;
  for (const auto& one : cases) {
    CAPTURE(std::string(one.sql));
    const std::string error = error_of([&] { Cursor(database.connection(), one.sql, one.params); });
    CHECK(error.substr(0, error.find(':')) == one.code);
  }
}

TEST_CASE("after a failure there are no more rows") {
  Database database;
  Cursor cursor(database.connection(),
                std::string(kNumbers) +
                    "SELECT CASE WHEN i < 1500 THEN i ELSE abs(-9223372036854775807 - 1) END FROM n",
                "");
  CHECK(cursor.fetch(1000) == 1000);
  CHECK(error_of([&] { cursor.fetch(1000); }) == "SQLITE_ERROR: integer overflow");
  CHECK(cursor.is_done());
  CHECK(cursor.fetch(1000) == 0);
}

TEST_CASE("a request that was interrupted fetches no more") {
  Database database;
  const sqlite::Token token = sqlite::new_token();
  database.connection().begin(token, 0);
  {
    Cursor cursor(database.connection(), std::string(kNumbers) + "SELECT i FROM n", "");
    CHECK(cursor.fetch(1000) == 1000);
    CHECK(sqlite::interrupt(token));
    CHECK(error_of([&] { cursor.fetch(1000); }) == "SQLITE_INTERRUPT: interrupted");
  }
  database.connection().end();
}

TEST_CASE("a cursor outlives its connection as a closed one") {
  Database database;
  Cursor cursor(database.connection(), std::string(kNumbers) + "SELECT i FROM n", "");
  CHECK(cursor.fetch(10) == 10);
  database.connection().close();
  CHECK(numbers<std::int64_t>(cursor.build(0, ArrowType::kInt64)) == "1|2|3|4|5|6|7|8|9|10");
  CHECK(error_of([&] { cursor.fetch(10); }) == "CLOSED: the connection is closed");
}

TEST_CASE("running out of memory anywhere is an error") {
  Database database;
  database.script("CREATE TABLE t (a TEXT, b BLOB); INSERT INTO t VALUES ('text', zeroblob(100000))");
  bool failed = true;
  for (int n = 1; failed; ++n) {
    fail_sqlite_allocation(n);
    try {
      Cursor cursor(database.connection(),
                    "SELECT a || a, b || b, zeroblob(5000000) FROM t /* " + std::to_string(n) + " */", "");
      const std::size_t rows = cursor.fetch(10);
      CHECK((rows == 1 || sqlite_allocation_failed()));
    } catch (const sqlite::Error& error) {
      CHECK(std::string(error.code()) == "SQLITE_NOMEM");
    } catch (const std::bad_alloc&) {
    }
    failed = sqlite_allocation_failed();
    fail_sqlite_allocation(0);
  }
}

}  // namespace
}  // namespace luaskills::test
