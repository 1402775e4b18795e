// FTS5 tokenizers of ours: words with their offsets, colocated tokens, failures, and closing in the middle.
#include <stdexcept>
#include <string>
#include <vector>

#include "../sqlite/tokenizer.h"
#include "sqlite_database.h"

namespace luaskills::test {
namespace {

// Words between spaces.
void cut_words(std::string_view text, sqlite::TokenSink& sink) {
  for (std::size_t start = text.find_first_not_of(' '); start != std::string_view::npos;) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    if (!sink.add(text.substr(start, end - start), static_cast<int>(start), static_cast<int>(end), false))
      return;
    start = text.find_first_not_of(' ', end);
  }
}

void add_index(Database& database, sqlite::Tokenize tokenize) {
  sqlite::add_tokenizer(database.connection(), "ours", std::move(tokenize));
  database.script("CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'ours')");
}

TEST_CASE("FTS5 indexes and marks the tokens of a tokenizer of ours") {
  Database database;
  add_index(database, [](std::string_view text, bool, sqlite::TokenSink& sink) { cut_words(text, sink); });
  database.execute("INSERT INTO f VALUES (?)", R"(["one dörty two"])");
  database.execute("INSERT INTO f VALUES (?)", R"(["three"])");
  CHECK(database.query("SELECT highlight(f, 0, '<', '>') AS h FROM f WHERE f MATCH ?",
                       R"(["\"dörty\" OR one"])") == R"([{"h":"<one> <dörty> two"}])");
}

TEST_CASE("a tokenizer is told documents from queries") {
  Database database;
  std::vector<std::string> seen;
  add_index(database, [&](std::string_view text, bool is_query, sqlite::TokenSink& sink) {
    seen.push_back(std::string(is_query ? "query " : "document ") + std::string(text));
    cut_words(text, sink);
  });
  database.script("INSERT INTO f VALUES ('a b')");
  database.query("SELECT snippet(f, 0, '<', '>', '', 5) FROM f WHERE f MATCH 'b'");
  REQUIRE(seen.size() >= 3);
  CHECK(seen[0] == "document a b");
  CHECK(seen[1] == "query b");
  CHECK(seen[2] == "document a b");
}

TEST_CASE("a colocated token is found at the position of the one before it") {
  Database database;
  add_index(database, [](std::string_view text, bool is_query, sqlite::TokenSink& sink) {
    if (is_query) return cut_words(text, sink);
    sink.add("mainframe", 0, 9, false);
    sink.add("main", 0, 4, true);
    sink.add("frame", 4, 9, true);
    sink.add("end", 10, 13, false);
  });
  database.script("INSERT INTO f VALUES ('mainframe end')");
  for (const char* query : {"mainframe", "main", "frame", "main + end", "frame + end", "mainframe + end"}) {
    CAPTURE(std::string(query));
    CHECK(database.query("SELECT count(*) AS n FROM f WHERE f MATCH ?", "[\"" + std::string(query) + "\"]") ==
          R"([{"n":1}])");
  }
  CHECK(database.query("SELECT highlight(f, 0, '<', '>') AS h FROM f WHERE f MATCH 'frame'") ==
        R"([{"h":"<mainframe> end"}])");
}

TEST_CASE("a tokenizer never sees what is not UTF-8, and offsets stay") {
  Database database;
  std::string seen;
  add_index(database, [&](std::string_view text, bool, sqlite::TokenSink& sink) {
    seen = text;
    cut_words(text, sink);
  });
  database.script("INSERT INTO f VALUES (cast(x'61ff62e4b863' AS TEXT))");
  CHECK(seen == "a b  c");
}

TEST_CASE("tokens outside the text or out of order are an error") {
  const struct {
    int start;
    int end;
    bool colocated;
  } tokens[] = {{-1, 2, false}, {2, 1, false}, {0, 1, false}, {4, 8, false},
                {8, 9, false},  {-1, 2, true}, {0, 8, true}};
  for (const auto& token : tokens) {
    CAPTURE(token.start);
    Database database;
    add_index(database, [&](std::string_view, bool, sqlite::TokenSink& sink) {
      sink.add("x", 0, 3, false);
      sink.add("y", token.start, token.end, token.colocated);
    });
    CHECK(error_of([&] { database.script("INSERT INTO f VALUES ('one two')"); }) ==
          "SQLITE_ERROR: the tokenizer has returned a token outside the text or out of order");
    CHECK(database.query("SELECT count(*) AS n FROM f") == R"([{"n":0}])");
  }
}

TEST_CASE("what a tokenizer throws comes out of the statement, once") {
  Database database;
  bool throws = true;
  add_index(database, [&](std::string_view text, bool, sqlite::TokenSink& sink) {
    if (throws) throw std::out_of_range("no words today");
    cut_words(text, sink);
  });
  CHECK_THROWS_WITH_AS(database.batch("INSERT INTO f VALUES (?)", R"([["a"]])"), "no words today",
                       std::out_of_range);
  CHECK(!database.connection().in_transaction());
  throws = false;
  CHECK(error_of([&] { database.query("SELECT * FROM nowhere"); }) == "SQLITE_ERROR: no such table: nowhere");
  CHECK(database.execute("INSERT INTO f VALUES ('a')").rows_changed == 1);
}

TEST_CASE("a tokenizer may query its own connection, with the statement that runs it too") {
  Database database;
  database.script("CREATE TABLE words (a); INSERT INTO words VALUES ('x')");
  int depth = 0;
  add_index(database, [&](std::string_view text, bool, sqlite::TokenSink& sink) {
    if (depth++ == 0) database.execute("INSERT INTO f VALUES (?)", R"(["inner"])");
    CHECK(database.query("SELECT a FROM words") == R"([{"a":"x"}])");
    cut_words(text, sink);
  });
  database.execute("INSERT INTO f VALUES (?)", R"(["outer"])");
  CHECK(depth == 2);
}

TEST_CASE("a tokenizer cannot close its connection, nor end its request") {
  Database database;
  std::string closing;
  std::string ending;
  add_index(database, [&](std::string_view text, bool, sqlite::TokenSink& sink) {
    closing = error_of([&] { database.connection().close(); });
    ending = error_of([&] { database.connection().end(); });
    cut_words(text, sink);
  });
  database.script("CREATE TABLE words (a)");
  error_of(
      [&] { database.script("INSERT INTO f VALUES ('a')"); });  // SQLite has taken the index away from it
  CHECK(closing == "SQLITE_MISUSE: a statement runs on the connection");
  CHECK(ending == closing);
  CHECK(database.query("SELECT a FROM f WHERE f MATCH 'a'") == R"([{"a":"a"}])");
}

TEST_CASE("a tokenizer is dropped when its connection closes") {
  Database database;
  const auto alive = std::make_shared<int>(0);
  add_index(database,
            [alive](std::string_view text, bool, sqlite::TokenSink& sink) { cut_words(text, sink); });
  CHECK(alive.use_count() == 2);
  database.connection().close();
  CHECK(alive.use_count() == 1);
}

TEST_CASE("an interrupted request tokenizes nothing more") {
  Database database;
  const sqlite::Token token = sqlite::new_token();
  int calls = 0;
  add_index(database, [&](std::string_view text, bool, sqlite::TokenSink& sink) {
    calls++;
    sqlite::interrupt(token);
    cut_words(text, sink);
  });
  database.connection().begin(token, 0);
  const std::string error = error_of([&] { database.script("INSERT INTO f VALUES ('a'), ('b'), ('c')"); });
  CHECK(error == "SQLITE_INTERRUPT: interrupted");
  CHECK(calls == 1);
}

TEST_CASE("whichever allocation fails in FTS5, there is an error and the index goes on") {
  Database database;
  add_index(database, [](std::string_view text, bool, sqlite::TokenSink& sink) { cut_words(text, sink); });
  int failures = 0;
  for (int n = 1; n < 2000; n++) {
    fail_sqlite_allocation(n);
    const std::string error = error_of([&] {
      database.execute("INSERT INTO f VALUES (?)", R"(["one two"])");
      database.query("SELECT highlight(f, 0, '<', '>') AS h FROM f WHERE f MATCH 'two' LIMIT 1");
    });
    const bool failed = sqlite_allocation_failed();
    fail_sqlite_allocation(0);
    CHECK((error.empty() || error.starts_with("SQLITE_NOMEM: ")));
    if (!failed) break;
    failures++;
  }
  CHECK(failures > 20);
  database.script("INSERT INTO f(f) VALUES ('integrity-check')");
}

}  // namespace
}  // namespace luaskills::test
