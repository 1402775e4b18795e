import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { type TestContext, test } from "node:test";
import { SqliteDatabases } from "#dist/databases/sqlite/databases.js";
import { isJiebaWord, loadJieba } from "#dist/databases/sqlite/jieba.js";
import { JiebaInstances } from "#dist/databases/sqlite/jieba-instances.js";
import { skillDatabase } from "./skill-database.js";

const require = createRequire(import.meta.url);
const missing =
  "tokenizer mode jieba needs the package @node-rs/jieba, which is not installed: npm install @node-rs/jieba";

function loadNothing(name: string): never {
  return require(name.replace("@node-rs/", "@node-rs/not-installed-")) as never;
}

function notInstalled(name: string): never {
  throw Object.assign(new Error(`Cannot find module '${name}'\nRequire stack:\n- x`), {
    code: "MODULE_NOT_FOUND",
  });
}

function withoutJieba(test: TestContext) {
  return skillDatabase(test, new SqliteDatabases(new JiebaInstances(() => loadJieba(notInstalled))));
}

test("a jieba that is not installed is named with the command that helps", () => {
  assert.throws(() => loadJieba(notInstalled), { message: missing });
});

test("a jieba that does not load is named with the reason", () => {
  const message =
    /^tokenizer mode jieba needs the package @node-rs\/jieba, which does not load \(Cannot find module '@node-rs\/not-installed-jieba'\): npm install @node-rs\/jieba$/;
  assert.throws(() => loadJieba(loadNothing), { message });
});

test("without jieba everything but its mode works", t => {
  const { call } = withoutJieba(t);
  const document = { index_name: "docs", id: "a", file_path: "/a", content: "text" };
  assert.equal(call("upsert_fts_document", document).affected_rows, 1);
  assert.equal(call("search_fts", { index_name: "docs", query: "text" }).total, 1);
  assert.equal(call("upsert_custom_word", { word: "词" }).affected_rows, 1);
  assert.equal(call("list_custom_words").total, 1);
  assert.deepEqual(call("tokenize_text", { text: "a b" }).tokens, ["a", "b"]);
});

test("without jieba its mode fails and leaves no index behind", t => {
  const { call, rows } = withoutJieba(t);
  const input = { index_name: "docs", id: "a", file_path: "/a", text: "x", query: "x", mode: "jieba" };
  for (const action of [
    "tokenize_text",
    "ensure_fts_index",
    "rebuild_fts_index",
    "upsert_fts_document",
    "search_fts",
  ]) {
    assert.throws(() => call(action, input), { message: `sqlite.${action}: ${missing}` });
  }
  assert.deepEqual(rows("SELECT name FROM sqlite_schema WHERE name = 'docs'"), []);
});

test("without jieba an index that needs it says so", t => {
  const database = skillDatabase(t);
  database.call("ensure_fts_index", { index_name: "docs", mode: "jieba" });
  database.databases.release(database.file);
  const databases = new SqliteDatabases(new JiebaInstances(() => loadJieba(notInstalled)));
  t.after(() => databases[Symbol.dispose]());
  const request = {
    action: "query_json",
    head: JSON.stringify({ sql: "INSERT INTO docs (title) VALUES ('x')" }),
  };
  assert.throws(() => databases.perform(database.file, request, { token: 1, timeoutMs: 0 }), {
    message: `sqlite.query_json: ${missing}`,
  });
});

test("words that jieba is taught are exactly those it finds", () => {
  const edges = [
    0x3400, 0x4dbf, 0x4e00, 0x9fff, 0xf900, 0xfaff, 0x20000, 0x2a6df, 0x2a700, 0x2ebef, 0x2f800, 0x2fa1f,
  ];
  const codes = new Set(Array.from({ length: 0x250 }, (_, code) => code));
  for (const edge of edges) for (const code of [edge - 1, edge, edge + 1]) codes.add(code);
  for (const code of [0x3005, 0x3007, 0x30fb, 0x3042, 0x30a2, 0xac00, 0xff0c, 0xff21, 0x1f600])
    codes.add(code);
  const words = [...codes]
    .map(code => `甲${String.fromCodePoint(code)}乙`)
    .filter(word => !/\s|\u0085/.test(word));
  const taught = new JiebaInstances().taught(new Map(words.map(word => [word, 100])));
  for (const word of words) assert.equal(taught.cut(word, true).length === 1, isJiebaWord(word), word);
});

test("an instance that was taught more words serves for them, and not for fewer", () => {
  const instances = new JiebaInstances();
  const first = instances.taught(new Map([["田女士", 10]]));
  const second = instances.taught(
    new Map([
      ["田女士", 20],
      ["王先森", 20],
    ]),
  );
  assert.equal(second, first);
  assert.deepEqual(second.cut("田女士王先森", true), ["田女士", "王先森"]);
  const third = instances.taught(new Map([["田女士", 10]]));
  assert.notEqual(third, first);
  assert.equal(instances.taught(new Map([["田女士", 10]])), third);
});

test("two taught instances are kept, those that were used last", () => {
  const instances = new JiebaInstances();
  const words = ["甲乙丙", "丁戊己", "庚辛壬"].map(word => new Map([[word, 10]]));
  const [first, second, third] = words.map(one => instances.taught(one));
  assert.equal(instances.taught(words[2] as Map<string, number>), third);
  assert.equal(instances.taught(words[1] as Map<string, number>), second);
  assert.notEqual(instances.taught(words[0] as Map<string, number>), first);
});
