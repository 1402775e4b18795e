import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SqliteSessionStore } from "#dist/agent/sessions/sqlite-session-store.js";
import { openConnection } from "#dist/databases/sqlite/connection.js";
import { installation } from "../../databases/sqlite/installation.js";
import { temporaryFolder } from "../../skills/skill-tree.js";
import {
  abortedTurn,
  assistant,
  begin,
  completed,
  describeSessionStore,
  say,
  user,
} from "../session-store-contract.js";

async function open(t: TestContext, file = join(temporaryFolder(t), "deep", "sessions.sqlite3")) {
  const store = await SqliteSessionStore.open(file);
  t.after(() => store.close());
  return store;
}

/** Rows of a file that nobody has open. */
function rows(file: string, sql: string): unknown[] {
  const { native, close } = openConnection(file, () => {});
  try {
    return JSON.parse(Buffer.from(native.query(sql, "").rows).toString()) as unknown[];
  } finally {
    close();
  }
}

describeSessionStore("SQLite", open);

test("sessions are there after the file was closed and opened again", async t => {
  const store = await open(t);
  await say(store, "one", user("a"), assistant("b"));
  await store.compact("one", { summary: "s", dropped: 1 });
  await store.close();
  const again = await open(t, store.file);
  assert.deepEqual(await again.read("one"), { summary: "s", messages: [assistant("b")] });
});

test("every turn is in the log, also one that was rolled back", async t => {
  const store = await open(t);
  await say(store, "one", user("a"), assistant("b"));
  await (await begin(store, "one")).discard(abortedTurn);
  await store.close();
  assert.deepEqual(
    rows(
      store.file,
      "SELECT agent_id, status, iterations, started_at, ended_at, error FROM turns ORDER BY id",
    ),
    [
      { agent_id: "main", status: "completed", iterations: 1, started_at: 10, ended_at: 20, error: null },
      { agent_id: "main", status: "aborted", iterations: 1, started_at: 10, ended_at: 20, error: "stopped" },
    ],
  );
});

test("the list says what helps to choose a session", async t => {
  const store = await open(t);
  await say(store, "one", user("first question"), assistant("b"));
  await say(store, "one", user("second question"), assistant("c"));
  assert.deepEqual(await store.listings(), [
    { key: "one", createdAt: 10, updatedAt: 20, turns: 2, lastText: "second question" },
  ]);
});

test("two stores on one file see each other's turns", async t => {
  const first = await open(t);
  const second = await open(t, first.file);
  await Promise.all(
    [first, second].flatMap(store => ["a", "b"].map(key => say(store, key, user(key), assistant("ok")))),
  );
  assert.equal((await first.read("a")).messages.length, 4);
  assert.deepEqual(await second.list(), ["a", "b"]);
});

test("a compaction made from a state that another process has compacted meanwhile drops nothing", async t => {
  const first = await open(t);
  const second = await open(t, first.file);
  await say(first, "one", user("a"), assistant("b"), user("c"), assistant("d"));
  const log = await begin(second, "one");
  await first.compact("one", { summary: "ab", dropped: 2 });
  await log.compact({ summary: "ab too", dropped: 2 });
  await log.append(user("e"));
  await log.commit(completed);
  assert.deepEqual(await first.read("one"), {
    summary: "ab",
    messages: [user("c"), assistant("d"), user("e")],
  });
});

test("a turn waits for the lock of another process and then commits", async t => {
  const store = await open(t);
  const { native, close } = openConnection(store.file, () => {});
  native.script("BEGIN IMMEDIATE");
  const saying = say(store, "one", user("a"), assistant("b"));
  await new Promise(resolve => setImmediate(resolve));
  native.script("COMMIT");
  close();
  await saying;
  assert.equal((await store.read("one")).messages.length, 2);
});

test("of a commit that fails nothing is left, and the turn can still be discarded", async t => {
  const store = await open(t);
  const log = await begin(store, "one");
  await log.append(user("a"));
  // SQLite refuses what a column does not take, after it has taken the messages.
  await assert.rejects(log.commit({ ...completed, iterations: null as never }), {
    code: "SESSION_STORE",
    message: /cannot be used: NOT NULL constraint failed: turns\.iterations/,
  });
  await log.discard(abortedTurn);
  assert.deepEqual(await store.read("one"), { summary: "", messages: [] });
  assert.deepEqual(await store.list(), []);
});

test("the file is its owner's alone", { skip: process.platform === "win32" }, async t => {
  const store = await open(t);
  await say(store, "one", user("a"));
  for (const suffix of ["", "-wal"]) assert.equal(statSync(store.file + suffix).mode & 0o077, 0, suffix);
});

test("a file that is none of sessions, or is of a later version, is left alone and named", async t => {
  const folder = temporaryFolder(t);
  const refused = async (name: string, message: RegExp) => {
    const file = join(folder, name);
    await assert.rejects(SqliteSessionStore.open(file), (error: Error & { code?: string }) => {
      assert.equal(error.code, "SESSION_STORE");
      assert.ok(error.message.includes(file), error.message);
      assert.match(error.message, message);
      return true;
    });
  };
  writeFileSync(join(folder, "text"), "no database at all, but long enough to look at".repeat(20));
  await refused("text", /not a database|no SQLite database/);
  openConnection(join(folder, "other"), native => native.script("CREATE TABLE notes (text)")).close();
  await refused("other", /a database of something else; sessions need a file of their own/);
  const store = await open(t, join(folder, "later"));
  await store.close();
  openConnection(store.file, native => native.script("PRAGMA user_version = 99")).close();
  await refused("later", /a later version of luaskills has written it \(schema 99, this one knows 1\)/);
});

test("without better-sqlite3 the error says what installs it, and no file is made", t => {
  const file = join(temporaryFolder(t), "sessions.sqlite3");
  const printed = installation(t).run(
    "agent/sessions/sqlite-session-store.js",
    href => `
      import { SqliteSessionStore } from ${JSON.stringify(href)};
      const error = await SqliteSessionStore.open(${JSON.stringify(file)}).catch(error => error);
      process.stdout.write(error.code + " " + error.message);
    `,
  );
  assert.match(
    printed,
    /^SESSION_STORE cannot open the sessions in \S+sessions\.sqlite3: .*the package better-sqlite3 is not installed; this installs it: npm install "/,
  );
  assert.equal(existsSync(file), false);
});

test("a closed store says so", async t => {
  const store = await open(t);
  await store.close();
  await store.close();
  await assert.rejects(store.read("one"), { code: "SESSION_STORE", message: /are closed$/ });
});
