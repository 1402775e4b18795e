// An index as the original runtime leaves it: every token of jieba as it is written, punctuation too, and no parts of words.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openConnection } from "#dist/databases/sqlite/connection.js";
import { loadJieba } from "#dist/databases/sqlite/jieba.js";
import type { TokenList } from "#dist/databases/sqlite/native.js";
import { type SkillDatabase, skillDatabase } from "./skill-database.js";

const jieba = loadJieba().create();
const index_name = "docs";

function originalTokens(text: string): TokenList {
  const tokens: string[] = [];
  const spans: number[] = [];
  let end = 0;
  for (const word of jieba.cut(text, true)) {
    const start = end;
    end += Buffer.byteLength(word);
    if (word.trim() === "") continue;
    tokens.push(word);
    spans.push(start, end, 0);
  }
  return { tokens, spans: Int32Array.from(spans) };
}

function originalDatabase(test: TestContext): SkillDatabase {
  const database = skillDatabase(test);
  const { native, close } = openConnection(database.file);
  native.addTokenizer("jieba", originalTokens);
  native.script(
    "CREATE VIRTUAL TABLE docs USING fts5(id UNINDEXED, file_path UNINDEXED, title, content, tokenize = 'jieba')",
  );
  const documents = [
    ["a", "/a", "", "你好，Hello World。毕业于中国科学院！"],
    ["b", "/b", "标题", "南京市长江大桥"],
  ];
  native.batch("INSERT INTO docs VALUES (?, ?, ?, ?)", JSON.stringify(documents));
  close();
  return database;
}

function ids({ call }: SkillDatabase, query: string): unknown[] {
  const { hits } = call("search_fts", { index_name, query, mode: "jieba" });
  return (hits as { id: unknown }[]).map(({ id }) => id);
}

test("an index of the original runtime is searched as it was there", t => {
  const database = originalDatabase(t);
  assert.deepEqual(ids(database, "中国科学院"), ["a"]);
  assert.deepEqual(ids(database, "Hello"), ["a"]);
  assert.deepEqual(ids(database, "hello"), []);
  assert.deepEqual(ids(database, "科学"), []);
});

test("a rebuild brings parts of words and other spellings into it", t => {
  const database = originalDatabase(t);
  database.call("rebuild_fts_index", { index_name, mode: "jieba" });
  assert.deepEqual(ids(database, "hello"), ["a"]);
  assert.deepEqual(ids(database, "科学"), ["a"]);
});

test("its documents are replaced and removed, and leave no trace in searches", t => {
  const database = originalDatabase(t);
  const document = { index_name, id: "a", file_path: "/a", content: "新的 text" };
  assert.equal(database.call("upsert_fts_document", document).affected_rows, 2);
  for (const query of ["Hello", "中国科学院", "你好"]) assert.deepEqual(ids(database, query), []);
  assert.deepEqual(ids(database, "text"), ["a"]);
  assert.equal(database.call("delete_fts_document", { index_name, id: "b" }).affected_rows, 1);
  assert.deepEqual(ids(database, "南京市"), []);
  assert.deepEqual(database.rows("SELECT id FROM docs"), [{ id: "a" }]);
});

test("all of its documents can be removed, one by one", t => {
  const database = originalDatabase(t);
  for (const id of ["a", "b"]) {
    assert.equal(database.call("delete_fts_document", { index_name, id }).affected_rows, 1);
  }
  assert.deepEqual(ids(database, "Hello 南京市"), []);
});
