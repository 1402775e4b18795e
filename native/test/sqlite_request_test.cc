// Statements that are ended from outside: by another thread, or by their deadline.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "sqlite_database.h"

namespace luaskills::test {
namespace {

using core::kMillisecond;

constexpr const char* kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
constexpr const char* kInterrupted = "SQLITE_INTERRUPT: interrupted";
constexpr const char* kTimeOver = "SQLITE_INTERRUPT: the time for this request is over";

// Interrupts until the request has ended, as callers in other threads do.
class Interrupter {
 public:
  explicit Interrupter(sqlite::Token token)
      : thread_([this, token] {
          while (!ended_) {
            if (sqlite::interrupt(token)) hits_++;
            std::this_thread::yield();
          }
        }) {}
  ~Interrupter() {
    ended_ = true;
    thread_.join();
  }

  [[nodiscard]] int hits() const { return hits_; }

 private:
  std::atomic<bool> ended_{false};
  std::atomic<int> hits_{0};
  std::thread thread_;
};

TEST_CASE("another thread interrupts a running statement") {
  Database database;
  for (int round = 0; round < 50; round++) {
    const sqlite::Token token = sqlite::new_token();
    const Interrupter interrupter(token);
    database.connection().begin(token, 0);
    CHECK(error_of([&] { database.query(kEndless); }) == kInterrupted);
    database.connection().end();
  }
  CHECK(database.query("SELECT 1 AS a") == R"([{"a":1}])");
}

TEST_CASE("one interruption is enough, however soon it comes") {
  Database database;
  for (int round = 0; round < 300; round++) {
    const sqlite::Token token = sqlite::new_token();
    std::atomic<bool> begun{false};
    std::thread other([&] {
      while (!begun) {
      }
      for (int spins = round * 37 % 2000; spins > 0; spins--) begun.load();
      CHECK(sqlite::interrupt(token));
    });
    database.connection().begin(token, 0);
    begun = true;
    CHECK(error_of([&] { database.query(kEndless); }) == kInterrupted);
    other.join();
    database.connection().end();
  }
}

TEST_CASE("an interrupted request runs nothing more, and the next one does") {
  Database database;
  const sqlite::Token token = sqlite::new_token();
  database.connection().begin(token, 0);
  CHECK(sqlite::interrupt(token));
  CHECK(error_of([&] { database.query("SELECT 1"); }) == kInterrupted);
  CHECK(error_of([&] { database.script("SELECT 1"); }) == kInterrupted);
  database.connection().end();
  database.connection().begin(sqlite::new_token(), 0);
  CHECK(database.query("SELECT 1 AS a") == R"([{"a":1}])");
}

TEST_CASE("a token counts from the start to the end of its request") {
  Database database;
  const sqlite::Token token = sqlite::new_token();
  CHECK(!sqlite::interrupt(token));
  database.connection().begin(token, 0);
  CHECK(sqlite::interrupt(token));
  CHECK(sqlite::interrupt(token));
  database.connection().end();
  CHECK(!sqlite::interrupt(token));
  CHECK(sqlite::new_token() > token);
}

TEST_CASE("a request needs a token") {
  Database database;
  CHECK(error_of([&] { database.connection().begin(0, 0); }) == "SQLITE_MISUSE: a request needs a token");
  CHECK(!sqlite::interrupt(0));
}

TEST_CASE("a connection runs one request at a time, and a token names one") {
  Database first;
  Database second;
  const sqlite::Token token = sqlite::new_token();
  first.connection().begin(token, 0);
  CHECK(error_of([&] { first.connection().begin(sqlite::new_token(), 0); }) ==
        "SQLITE_MISUSE: a request runs on this connection already");
  CHECK(error_of([&] { second.connection().begin(token, 0); }) ==
        "SQLITE_MISUSE: a request with this token runs already");
  first.connection().end();
  second.connection().begin(token, 0);
}

TEST_CASE("a batch that is interrupted is rolled back") {
  Database database;
  database.script("CREATE TABLE t (a)");
  std::string items = "[[0]";
  for (int i = 1; i < 20000; i++) items += ",[" + std::to_string(i) + "]";
  items += "]";
  const sqlite::Token token = sqlite::new_token();
  const Interrupter interrupter(token);
  database.connection().begin(token, 0);
  const std::string error = error_of([&] { database.batch("INSERT INTO t VALUES (?)", items); });
  CHECK(error.find("interrupted") != std::string::npos);
  CHECK(!database.connection().in_transaction());
  database.connection().end();
  CHECK(database.query("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
}

TEST_CASE("a statement ends at the deadline of its request") {
  Database database;
  for (int round = 0; round < 10; round++) {
    database.connection().begin(sqlite::new_token(), round * kMillisecond / 4 + 1);
    CHECK(error_of([&] { database.query(kEndless); }) == kTimeOver);
    CHECK(error_of([&] { database.query("SELECT 1"); }) == kTimeOver);
    database.connection().end();
  }
  database.connection().begin(sqlite::new_token(), 60000 * kMillisecond);
  CHECK(database.query("SELECT 1 AS a") == R"([{"a":1}])");
}

TEST_CASE("requests without an end die with their connection") {
  const sqlite::Token token = sqlite::new_token();
  {
    Database database;
    database.connection().begin(token, 60000 * kMillisecond);
    const Interrupter interrupter(token);
    database.close_file();
  }
  CHECK(!sqlite::interrupt(token));
}

TEST_CASE("a statement waits for the lock of another connection") {
  const TemporaryFile file;
  Database first(file.path());
  Database second(file.path());
  first.script("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
  std::thread other([&] { second.script("INSERT INTO t VALUES (2)"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  first.script("COMMIT");
  other.join();
  CHECK(first.query("SELECT a FROM t") == R"([{"a":1},{"a":2}])");
}

TEST_CASE("waiting for a lock is interrupted, and ends at the deadline") {
  const TemporaryFile file;
  Database first(file.path());
  Database second(file.path());
  first.script("CREATE TABLE t (a); BEGIN EXCLUSIVE");

  const sqlite::Token token = sqlite::new_token();
  {
    const Interrupter interrupter(token);
    second.connection().begin(token, 0);
    CHECK(error_of([&] { second.script("INSERT INTO t VALUES (2)"); }) == kInterrupted);
    second.connection().end();
  }
  second.connection().begin(sqlite::new_token(), 20 * kMillisecond);
  CHECK(error_of([&] { second.batch("INSERT INTO t VALUES (?)", "[[2]]"); }) == kTimeOver);
  second.connection().end();
}

TEST_CASE("connections on many threads are interrupted one by one") {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([] {
      for (int round = 0; round < 20; round++) {
        Database database;
        const sqlite::Token token = sqlite::new_token();
        const Interrupter interrupter(token);
        database.connection().begin(token, 0);
        CHECK(error_of([&] { database.query(kEndless); }) == kInterrupted);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace luaskills::test
