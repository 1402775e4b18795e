// Scripts, statements, batches and queries; what they report, and what stays after a failure.
#include <string>

#include "../sqlite/statement.h"
#include "sqlite_database.h"

namespace luaskills::test {
namespace {

TEST_CASE("a script runs statement by statement") {
  Database database;
  const sqlite::Outcome outcome = database.script(
      "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);;\n-- a comment; with a semicolon\n"
      "UPDATE t SET a = a + 1 WHERE a > 1; SELECT * FROM t; /* the end */ ");
  CHECK(outcome.statements == 4);
  CHECK(outcome.rows_changed == 1);
  CHECK(outcome.last_insert_rowid == 2);
}

TEST_CASE("a trigger counts as one statement of a script") {
  Database database;
  const sqlite::Outcome outcome = database.script(
      "CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; SELECT ';'; END");
  CHECK(outcome.statements == 2);
}

TEST_CASE("a script of blanks and comments runs nothing") {
  Database database;
  for (const char* sql : {"", "  \n;; ", "-- nothing", "/* nothing"}) {
    CAPTURE(std::string(sql));
    CHECK(database.script(sql).statements == 0);
  }
}

TEST_CASE("statements of a script before a failure stay") {
  Database database;
  const std::string error = error_of([&] {
    database.script("CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (1)");
  });
  CHECK(error == "SQLITE_ERROR: no such table: nowhere");
  CHECK(database.query("SELECT * FROM t") == R"([{"a":1}])");
}

TEST_CASE("changed rows are those of the last INSERT, UPDATE or DELETE") {
  const struct {
    const char* sql;
    sqlite::Integer rows;
  } scripts[] = {
      {"CREATE TABLE x (a)", 0},
      {"INSERT INTO t VALUES (4); CREATE TABLE y (a); SELECT 1", 1},
      {"INSERT INTO t VALUES (5); UPDATE t SET a = 1 WHERE a = 99", 0},
      {"UPDATE t SET a = 1 WHERE a = 99", 0},
      {"UPDATE t SET a = a", 5},
      {"UPDATE t SET a = a", 5},
      {"DROP TABLE x", 0},
      {"DELETE FROM t", 5},
      {"CREATE TABLE z AS SELECT 1", 0},
  };
  Database database;
  database.script("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)");
  for (const auto& script : scripts) {
    CAPTURE(std::string(script.sql));
    CHECK(database.script(script.sql).rows_changed == script.rows);
  }
}

TEST_CASE("a statement reports its rows and the row it has inserted") {
  Database database;
  database.script("CREATE TABLE t (a)");
  const sqlite::Outcome outcome = database.execute("INSERT INTO t VALUES (?), (?)", "[1,2]");
  CHECK(outcome.statements == 1);
  CHECK(outcome.rows_changed == 2);
  CHECK(outcome.last_insert_rowid == 2);
}

TEST_CASE("a request starts without an inserted row") {
  Database database;
  database.script("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  database.connection().begin(sqlite::new_token(), 0);
  CHECK(database.query("SELECT last_insert_rowid() AS id") == R"([{"id":0}])");
  CHECK(database.execute("UPDATE t SET a = 2").last_insert_rowid == 0);
  CHECK(database.execute("INSERT INTO t VALUES (1)").last_insert_rowid == 2);
}

TEST_CASE("the end of a request rolls back what it left open") {
  Database database;
  database.script("CREATE TABLE t (a)");
  database.connection().begin(sqlite::new_token(), 0);
  database.script("BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2)");
  database.connection().end();
  CHECK(database.query("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
  CHECK(sqlite3_libversion_number() >= sqlite::kMinimumVersion);
}

TEST_CASE("execute refuses a statement that returns rows, before it runs") {
  Database database;
  database.script("CREATE TABLE t (a)");
  for (const char* sql : {"SELECT 1", "INSERT INTO t VALUES (1) RETURNING a", "PRAGMA user_version"}) {
    CHECK(error_of([&] { database.execute(sql); }) == "RETURNS_ROWS: the statement returns rows");
  }
  CHECK(database.query("SELECT * FROM t") == "[]");
}

TEST_CASE("one statement means one") {
  const struct {
    const char* sql;
    const char* error;
  } statements[] = {
      {"SELECT 1; SELECT 2", "MULTIPLE_STATEMENTS: sql holds more than one statement"},
      {"SELECT 1; /* x */ ; nonsense", "MULTIPLE_STATEMENTS: sql holds more than one statement"},
      {"", "NO_STATEMENT: sql holds no statement"},
      {" ; -- only a comment", "NO_STATEMENT: sql holds no statement"},
      {"SELECT", "SQLITE_ERROR: incomplete input"},
      {"nonsense", "SQLITE_ERROR: near \"nonsense\": syntax error"},
      {"SELECT 1 ; -- a comment\n ; /* another", ""},
      {"-- a comment\nSELECT 1", ""},
  };
  Database database;
  for (const auto& statement : statements) {
    CAPTURE(std::string(statement.sql));
    CHECK(error_of([&] { database.query(statement.sql); }) == statement.error);
  }
}

TEST_CASE("sql with a NUL character is refused whole") {
  Database database;
  const std::string_view sql("CREATE TABLE t (a)\0; DROP TABLE u", 33);
  const std::string message = "SQLITE_ERROR: sql must not contain NUL characters";
  CHECK(error_of([&] { sqlite::run_script(database.connection(), sql); }) == message);
  CHECK(error_of([&] { sqlite::run_statement(database.connection(), sql, ""); }) == message);
}

TEST_CASE("a batch runs its statement once for each row") {
  Database database;
  database.script("CREATE TABLE t (a, b)");
  const sqlite::Outcome outcome =
      database.batch("INSERT INTO t VALUES (?1, ?2 || ?1)", R"([[1,"x\n"],[2,"y"],[null,null]])");
  CHECK(outcome.statements == 3);
  CHECK(outcome.rows_changed == 3);
  CHECK(outcome.last_insert_rowid == 3);
  CHECK(database.query("SELECT * FROM t") == R"([{"a":1,"b":"x\n1"},{"a":2,"b":"y2"},{"a":null,"b":null}])");
}

TEST_CASE("a batch without parameters takes rows without values") {
  Database database;
  database.script("CREATE TABLE t (a)");
  CHECK(database.batch("INSERT INTO t VALUES (1)", "[[],{},[]]").rows_changed == 3);
}

TEST_CASE("a batch discards the rows that its statement returns") {
  Database database;
  database.script("CREATE TABLE t (a)");
  CHECK(database.batch("INSERT INTO t VALUES (?) RETURNING a", "[[1],[2]]").rows_changed == 2);
  CHECK(database.batch("SELECT ?", "[[1],[2]]").rows_changed == 0);
}

TEST_CASE("a batch that fails leaves nothing behind") {
  const struct {
    const char* sql;
    const char* items;
    const char* error;
  } batches[] = {
      {"INSERT INTO t VALUES (?)", "[[2],[3],[1]]",
       "SQLITE_CONSTRAINT: items[2]: UNIQUE constraint failed: t.a"},
      {"INSERT OR ROLLBACK INTO t VALUES (?)", "[[2],[1]]",
       "SQLITE_CONSTRAINT: items[1]: UNIQUE constraint failed: t.a"},
      {"INSERT INTO t VALUES (?)", "[[2],[]]",
       "PARAMETER: the statement has 1 parameter, but items[1] holds 0 values"},
      {"INSERT INTO t VALUES (?)", "[[2],3]", "PARAMETER: items[1] must be an array"},
      {"INSERT INTO t VALUES (?)", "[[2],{\"a\":1}]", "PARAMETER: items[1] must be an array"},
      {"INSERT INTO t VALUES (?)", "[[2],[{}]]",
       "PARAMETER: items[1][0] must be a scalar value or a typed object; it has no kind"},
      {"INSERT INTO t VALUES (?)", "[]", "PARAMETER: items must not be empty"},
      {"INSERT INTO t VALUES (?)", "{}", "PARAMETER: items must not be empty"},
      {"INSERT INTO t VALUES (?)", "", "PARAMETER: items must be an array"},
      {"INSERT INTO t VALUES (?)", "{\"a\":[1]}", "PARAMETER: items must be an array"},
      {"INSERT INTO t VALUES (?)", "[[2]] x",
       "PARAMETER: items is not valid JSON: unexpected characters behind the value at byte 6"},
      {"INSERT INTO t VALUES (?); SELECT 1", "[[2]]",
       "MULTIPLE_STATEMENTS: sql holds more than one statement"},
      {"COMMIT", "[[],[]]", "SQLITE_ERROR: items[0]: the statement has ended the transaction of the batch"},
      {"BEGIN", "[[]]", "SQLITE_ERROR: items[0]: cannot start a transaction within a transaction"},
  };
  Database database;
  database.script("CREATE TABLE t (a PRIMARY KEY); INSERT INTO t VALUES (1)");
  for (const auto& batch : batches) {
    CAPTURE(std::string(batch.sql));
    CAPTURE(std::string(batch.items));
    CHECK(error_of([&] { database.batch(batch.sql, batch.items); }) == batch.error);
    CHECK(database.query("SELECT a FROM t") == R"([{"a":1}])");
    CHECK(!database.connection().in_transaction());
  }
}

TEST_CASE("a batch refuses to run within a transaction that is open") {
  Database database;
  database.script("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)");
  CHECK(error_of([&] { database.batch("INSERT INTO t VALUES (?)", "[[2]]"); }) ==
        "SQLITE_ERROR: a transaction is open already");
  CHECK(database.query("SELECT a FROM t") == R"([{"a":1}])");
}

TEST_CASE("rows come as JSON text, member by member in the order of the columns") {
  const struct {
    const char* sql;
    const char* rows;
  } queries[] = {
      {"SELECT 1 AS b, 2 AS a", R"([{"b":1,"a":2}])"},
      {"SELECT 1 AS a, 2 AS b, 3 AS a", R"([{"b":2,"a":3}])"},
      {"SELECT 9223372036854775807 AS a, -9223372036854775808 AS b",
       R"([{"a":9223372036854775807,"b":-9223372036854775808}])"},
      {"SELECT 0.1 AS a, 1e300 AS b, -2.5 AS c, 1e-7 AS d, 3.0 AS e",
       R"([{"a":0.1,"b":1e+300,"c":-2.5,"d":1e-7,"e":3}])"},
      {"SELECT 9e999 AS a, -9e999 AS b", R"([{"a":"inf","b":"-inf"}])"},
      {"SELECT NULL AS a", R"([{"a":null}])"},
      {"SELECT x'' AS a, x'00ff7f' AS b", R"([{"a":[],"b":[0,255,127]}])"},
      {"SELECT '' AS a, 'é😀' AS b, 'q\"\\' || char(9, 1, 31) AS c",
       R"([{"a":"","b":"é😀","c":"q\"\\\t\u0001\u001f"}])"},
      {"SELECT cast(x'61ff' AS TEXT) AS a, cast(x'eda080' AS TEXT) AS b", R"([{"a":null,"b":null}])"},
      {"SELECT 1 AS \"a \"\"quoted\"\" \n name\"", R"([{"a \"quoted\" \n name":1}])"},
      {"SELECT 1 WHERE 0", "[]"},
      {"SELECT column1 AS a FROM (VALUES (1), (2), (3))", R"([{"a":1},{"a":2},{"a":3}])"},
      {"INSERT INTO t VALUES (1), (2) RETURNING a", R"([{"a":1},{"a":2}])"},
      {"DELETE FROM t", "[]"},
      {"CREATE TABLE u (a)", "[]"},
  };
  Database database;
  database.script("CREATE TABLE t (a)");
  for (const auto& query : queries) {
    CAPTURE(std::string(query.sql));
    CHECK(database.query(query.sql) == query.rows);
  }
  CHECK(database.query("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
}

TEST_CASE("long rows of text, numbers and bytes come whole") {
  Database database;
  const std::string rows = database.query(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
      "SELECT count(*) AS n, group_concat(printf('%05d\"', i), '') AS t, zeroblob(70000) AS b FROM n");
  CHECK(rows.starts_with(R"([{"n":5000,"t":"00001\"00002\")"));
  CHECK(rows.ends_with(",0,0,0]}]"));
  CHECK(rows.size() > 5000 * 7 + 70000 * 2);
}

TEST_CASE("rows beyond 512 MiB of JSON text are an error before they are written") {
  Database database;
  CHECK(error_of([&] { database.query("SELECT zeroblob(300000000)"); }) ==
        "SQLITE_TOOBIG: the rows make more than 512 MiB of JSON text");
}

TEST_CASE("a statement that is used again sees a changed table") {
  Database database;
  database.script("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  CHECK(database.query("SELECT * FROM t") == R"([{"a":1}])");
  database.script("ALTER TABLE t ADD COLUMN b DEFAULT 7");
  CHECK(database.query("SELECT * FROM t") == R"([{"a":1,"b":7}])");
  database.script("DROP TABLE t");
  CHECK(error_of([&] { database.query("SELECT * FROM t"); }) == "SQLITE_ERROR: no such table: t");
}

TEST_CASE("more texts than are kept prepared all run") {
  Database database;
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 50; i++) {
      const std::string sql = "SELECT " + std::to_string(i) + " AS a";
      CHECK(database.query(sql.c_str()) == "[{\"a\":" + std::to_string(i) + "}]");
    }
  }
}

TEST_CASE("what outlives a request soils the connection") {
  const struct {
    const char* sql;
    bool soils;
  } scripts[] = {
      {"CREATE TABLE t (a); INSERT INTO t VALUES (1); DROP TABLE t", false},
      {"PRAGMA user_version = 7; PRAGMA user_version; PRAGMA cache_size", false},
      {"PRAGMA table_info(sqlite_schema); PRAGMA Integrity_Check(5); PRAGMA wal_checkpoint(FULL)", false},
      {"SELECT * FROM pragma_table_info('sqlite_schema')", false},
      {"BEGIN; ROLLBACK", false},
      {"CREATE TEMP TABLE t (a)", true},
      {"CREATE TABLE temp.t (a)", true},
      {"CREATE TABLE t (a); SELECT * FROM t, temp.sqlite_schema", false},
      {"CREATE TEMP VIEW v AS SELECT 1", true},
      {"CREATE TABLE t (a); CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END", true},
      {"ATTACH ':memory:' AS other", true},
      {"PRAGMA cache_size = 10", true},
      {"PRAGMA main.foreign_keys(OFF)", true},
  };
  for (const auto& script : scripts) {
    CAPTURE(std::string(script.sql));
    Database database;
    database.script(script.sql);
    CHECK(database.connection().is_soiled() == script.soils);
  }
}

TEST_CASE("SQL cannot load libraries") {
  Database database;
  CHECK(error_of([&] { database.query("SELECT load_extension('/nowhere')"); }) ==
        "SQLITE_ERROR: not authorized");
}

TEST_CASE("a closed connection refuses everything but closing") {
  Database database;
  database.query("SELECT 1");
  database.connection().close();
  database.connection().close();
  const std::string message = "CLOSED: the connection is closed";
  CHECK(error_of([&] { database.query("SELECT 1"); }) == message);
  CHECK(error_of([&] { database.script("SELECT 1"); }) == message);
  CHECK(error_of([&] { database.execute("SELECT 1"); }) == message);
  CHECK(error_of([&] { database.batch("SELECT 1", "[[]]"); }) == message);
  CHECK(error_of([&] { database.connection().begin(sqlite::new_token(), 0); }) == message);
  database.connection().end();
  CHECK(database.close_file() == SQLITE_OK);
}

TEST_CASE("a file that is closed first closes the connection, whatever it had prepared") {
  Database database;
  database.query("SELECT 1");
  sqlite::Statement statement(database.connection(), "SELECT 1 UNION ALL SELECT 2");
  {
    const sqlite::Request::Running running = database.connection().run();
    CHECK(statement.step());
  }
  CHECK(database.close_file() == SQLITE_OK);
  CHECK(!database.connection().is_open());
  CHECK(statement.handle() == nullptr);
  CHECK(error_of([&] { statement.step(); }) == "CLOSED: the connection is closed");
}

TEST_CASE("whichever allocation of SQLite fails, there is an error and the connection goes on") {
  Database database;
  database.script("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'one'), (2, 'two')");
  const auto work = [&](int round) {
    // A text of its own each time: nothing is prepared yet.
    const std::string mark = "/* " + std::to_string(round) + " */";
    database.query(("SELECT a, upper(b) AS b FROM t ORDER BY b, ?" + mark).c_str(), R"(["a\n"])");
    database.batch(("INSERT INTO t VALUES (?, ?)" + mark).c_str(),
                   R"([[1,"x"],[2,{"kind":"bytes","value":[1]}]])");
    database.script(("DELETE FROM t WHERE typeof(b) = 'blob'; SELECT group_concat(b) FROM t" + mark).c_str());
  };
  int failures = 0;
  for (int n = 1; n < 5000; n += 1 + n / 50) {
    fail_sqlite_allocation(n);
    const std::string error = error_of([&] { work(n); });
    const bool failed = sqlite_allocation_failed();
    fail_sqlite_allocation(0);
    CHECK((error.empty() || error.starts_with("SQLITE_NOMEM: ")));
    CHECK(!database.connection().in_transaction());
    if (!failed) break;
    failures++;
  }
  CHECK(failures > 20);
  CHECK(database.query("SELECT b FROM t WHERE a = 1 AND b = 'one'") == R"([{"b":"one"}])");
}

}  // namespace
}  // namespace luaskills::test
