import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SqliteDatabases } from "#dist/databases/sqlite/databases.js";
import {
  anotherThread,
  type Fields,
  skillDatabase as newDatabase,
  type SkillDatabase,
} from "./skill-database.js";

/** Reading jieba's dictionary takes longer than a test. */
const thread = new SqliteDatabases();
const skillDatabase = (test: TestContext) => newDatabase(test, thread);

function cut({ call }: SkillDatabase, text: string, search_mode = false): unknown {
  return call("tokenize_text", { text, mode: "jieba", search_mode }).tokens;
}

test("upsert_custom_word stores a word, trimmed, and answers with the word as given", t => {
  const { call, rows } = skillDatabase(t);
  assert.deepEqual(call("upsert_custom_word", { word: " 田-女士\n", weight: 42 }), {
    success: true,
    message: "custom word upserted",
    affected_rows: 1,
    word: " 田-女士\n",
    weight: 42,
  });
  assert.deepEqual(rows("SELECT word, weight, enabled FROM _vulcan_dict"), [
    { word: "田-女士", weight: 42, enabled: 1 },
  ]);
});

/** Weight as given, as echoed, as stored. */
const weights: [given: unknown, echoed: number, stored: number][] = [
  [undefined, 1, 1],
  [0, 0, 1],
  [7, 7, 7],
  [-5, 1, 1],
  [1.5, 1, 1],
  ["9", 1, 1],
  [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [2 ** 63, 2 ** 63, Number.MAX_SAFE_INTEGER],
  [2 ** 64, 1, 1],
];

for (const [given, echoed, stored] of weights) {
  test(`the weight ${JSON.stringify(given)} is stored as ${stored}`, t => {
    const { call, rows } = skillDatabase(t);
    assert.equal(call("upsert_custom_word", { word: "词", weight: given }).weight, echoed);
    assert.deepEqual(rows("SELECT weight FROM _vulcan_dict"), [{ weight: stored }]);
  });
}

test("a word that is there gets the new weight and is enabled again", t => {
  const { call, rows } = skillDatabase(t);
  call("execute_script", {
    sql: "INSERT INTO _vulcan_dict VALUES ('词', 3, 0, '2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z')",
  });
  assert.equal(call("upsert_custom_word", { word: "词", weight: 8 }).affected_rows, 1);
  const sql = "SELECT weight, enabled, created_at, updated_at > created_at AS later FROM _vulcan_dict";
  assert.deepEqual(rows(sql), [{ weight: 8, enabled: 1, created_at: "2020-01-01T00:00:00.000Z", later: 1 }]);
});

test("remove_custom_word removes a word for good, and does not mind one that is not there", t => {
  const { call, rows } = skillDatabase(t);
  call("upsert_custom_word", { word: "词" });
  assert.deepEqual(call("remove_custom_word", { word: " 词" }), {
    success: true,
    message: "custom word removed",
    affected_rows: 1,
    word: " 词",
  });
  assert.deepEqual(call("remove_custom_word", { word: "词" }), {
    success: true,
    message: "custom word not found",
    affected_rows: 0,
    word: "词",
  });
  assert.deepEqual(rows("SELECT * FROM _vulcan_dict"), []);
});

test("list_custom_words lists enabled words in the order of their bytes", t => {
  const { call } = skillDatabase(t);
  for (const word of ["词", "b", "B", "é", "a"]) call("upsert_custom_word", { word, weight: 2 });
  call("execute_script", {
    sql: "UPDATE _vulcan_dict SET enabled = 0 WHERE word = 'b'; UPDATE _vulcan_dict SET weight = -4 WHERE word = 'a'",
  });
  assert.deepEqual(call("list_custom_words"), {
    success: true,
    message: "listed 4 custom words",
    total: 4,
    words: [
      { word: "B", weight: 2 },
      { word: "a", weight: 1 },
      { word: "é", weight: 2 },
      { word: "词", weight: 2 },
    ],
  });
});

test("list_custom_words of no words is an empty list", t => {
  const { call } = skillDatabase(t);
  assert.deepEqual(call("list_custom_words"), {
    success: true,
    message: "listed 0 custom words",
    total: 0,
    words: [],
  });
});

for (const action of ["upsert_custom_word", "remove_custom_word"]) {
  const refused: [Fields, string][] = [
    [{}, "word must be a non-blank string, got nil"],
    [{ word: " " }, "word must be a non-blank string, got a blank one"],
    [{ word: true }, "word must be a non-blank string, got boolean"],
    [{ word: "a\0" }, "word must not contain NUL characters"],
  ];
  for (const [input, message] of refused) {
    test(`${action} refuses ${JSON.stringify(input)}`, t => {
      const { call } = skillDatabase(t);
      assert.throws(() => call(action, input), { message: `sqlite.${action}: ${message}` });
    });
  }
}

/** Custom words, a text, its words without and with them. */
const cuts: [words: string[], text: string, before: string[], after: string[]][] = [
  [["田女士"], "田女士你好", ["田", "女士", "你好"], ["田女士", "你好"]],
  [["田-女士"], "田-女士你好", ["田", "-", "女士", "你好"], ["田-女士", "你好"]],
  [["foo.bar"], "a foo.bar b", ["a", "foo", ".", "bar", "b"], ["a", "foo.bar", "b"]],
  [["阿里 巴巴"], "在阿里 巴巴工作", ["在", "阿里", "巴巴", "工作"], ["在", "阿里 巴巴", "工作"]],
  [["达·芬奇"], "看达·芬奇的画", ["看达", "·", "芬奇", "的", "画"], ["看", "达·芬奇", "的", "画"]],
  [["café"], "un café noir", ["un", "caf", "é", "noir"], ["un", "café", "noir"]],
  [["サーバー"], "サーバーを", ["サ", "ー", "バ", "ー", "を"], ["サーバー", "を"]],
  [["A&B, Inc."], "A&B, Inc.好", ["A", "&", "B", ",", "Inc", ".", "好"], ["A&B, Inc.", "好"]],
  [["𠮷野家"], "去𠮷野家吃", ["去", "𠮷", "野家", "吃"], ["去", "𠮷野家", "吃"]],
  [["a b", "a b c"], "a b c d", ["a", "b", "c", "d"], ["a b c", "d"]],
  [["a b"], "xa b, a bx", ["xa", "b", ",", "a", "bx"], ["xa", "b", ",", "a", "bx"]],
  [["a b"], "1a b", ["1a", "b"], ["1a", "b"]],
  [["é"], "caféé é", ["caf", "é", "é", "é"], ["caf", "é", "é", "é"]],
  [["C++"], "学C++", ["学", "C++"], ["学", "C++"]],
  [["Hello World"], "hello world", ["hello", "world"], ["hello", "world"]],
];

for (const [words, text, before, after] of cuts) {
  test(`with ${words.join(", ")} the text ${text} is ${after.join(" | ")}`, t => {
    const database = skillDatabase(t);
    assert.deepEqual(cut(database, text), before);
    for (const word of words) database.call("upsert_custom_word", { word, weight: 100 });
    assert.deepEqual(cut(database, text), after);
    for (const word of words) database.call("remove_custom_word", { word });
    assert.deepEqual(cut(database, text), before);
  });
}

/** A custom word, and what a search for it looks for. */
const searches: [word: string, tokens: string[]][] = [
  ["田-女士", ["女士", "田-女士"]],
  ["中国科学院大桥", ["中国", "科学", "学院", "大桥", "科学院", "中国科学院大桥"]],
  ["阿里 巴巴", ["阿里", "巴巴", "阿里 巴巴"]],
  ["vitamin · C", ["vitamin", "vitamin · C"]],
];

for (const [word, tokens] of searches) {
  test(`a search for the custom word ${word} looks for ${tokens.join(" | ")}`, t => {
    const database = skillDatabase(t);
    database.call("upsert_custom_word", { word, weight: 100 });
    assert.deepEqual(cut(database, word, true), tokens);
  });
}

test("a weight decides against the words of the dictionary", t => {
  const database = skillDatabase(t);
  database.call("upsert_custom_word", { word: "我们是" });
  assert.deepEqual(cut(database, "我们是谁"), ["我们", "是", "谁"]);
  database.call("upsert_custom_word", { word: "我们是", weight: 1_000_000 });
  assert.deepEqual(cut(database, "我们是谁"), ["我们是", "谁"]);
  database.call("upsert_custom_word", { word: "我们是", weight: Number.MAX_SAFE_INTEGER });
  assert.deepEqual(cut(database, "我们是谁"), ["我们是", "谁"]);
});

test("a disabled word is no word", t => {
  const database = skillDatabase(t);
  database.call("upsert_custom_word", { word: "田女士" });
  database.call("execute_script", { sql: "UPDATE _vulcan_dict SET enabled = 0" });
  assert.deepEqual(cut(database, "田女士"), ["田", "女士"]);
});

test("words that another thread adds and removes count at once", t => {
  const here = skillDatabase(t);
  const there = anotherThread(t, here);
  assert.deepEqual(cut(here, "田女士"), ["田", "女士"]);
  there.call("upsert_custom_word", { word: "田女士" });
  assert.deepEqual(cut(here, "田女士"), ["田女士"]);
  there.call("remove_custom_word", { word: "田女士" });
  assert.deepEqual(cut(here, "田女士"), ["田", "女士"]);
});

test("words of one database are none of another", t => {
  const one = skillDatabase(t);
  const other = skillDatabase(t);
  one.call("upsert_custom_word", { word: "田女士" });
  assert.deepEqual(cut(one, "田女士"), ["田女士"]);
  assert.deepEqual(cut(other, "田女士"), ["田", "女士"]);
});

test("words of a transaction that was rolled back do not count, though they did inside it", t => {
  const database = skillDatabase(t);
  database.call("ensure_fts_index", { index_name: "docs", mode: "jieba" });
  database.call("execute_script", {
    sql: `BEGIN; INSERT INTO _vulcan_dict (word) VALUES ('田女士'); INSERT INTO docs (id, content) VALUES (1, '田女士');
      CREATE TABLE seen AS SELECT id FROM docs WHERE docs MATCH '"田女士"'; ROLLBACK`,
  });
  assert.deepEqual(cut(database, "田女士"), ["田", "女士"]);
});

test("words that only a script's own transaction holds are used by its index", t => {
  const { call, rows } = skillDatabase(t);
  call("ensure_fts_index", { index_name: "docs", mode: "jieba" });
  call("execute_script", {
    sql: `BEGIN; INSERT INTO _vulcan_dict (word) VALUES ('田女士'); INSERT INTO docs (id, content) VALUES (1, '田女士');
      COMMIT`,
  });
  assert.deepEqual(rows("SELECT id FROM docs WHERE docs MATCH '\"田女士\"'"), [{ id: 1 }]);
  call("execute_script", { sql: "CREATE VIRTUAL TABLE v USING fts5vocab(docs, row)" });
  assert.deepEqual(rows("SELECT term FROM v ORDER BY term"), [{ term: "女士" }, { term: "田女士" }]);
});

test("a dictionary that SQL has dropped holds no words, and is made again", t => {
  const database = skillDatabase(t);
  database.call("upsert_custom_word", { word: "田女士" });
  database.call("execute_script", { sql: "DROP TABLE _vulcan_dict" });
  assert.deepEqual(cut(database, "田女士"), ["田", "女士"]);
  assert.equal(database.call("list_custom_words").total, 0);
  database.call("upsert_custom_word", { word: "田女士" });
  assert.deepEqual(cut(database, "田女士"), ["田女士"]);
});

test("what SQL puts into the dictionary is taken as it comes", t => {
  const database = skillDatabase(t);
  database.call("execute_script", {
    sql: "INSERT INTO _vulcan_dict (word, weight) VALUES (x'00', 1), ('', 1), ('  ', 1), ('田女士', 1.5), ('词语', 'x')",
  });
  assert.deepEqual(cut(database, "田女士"), ["田女士"]);
  assert.deepEqual(database.call("list_custom_words").words, [
    { word: "", weight: 1 },
    { word: "  ", weight: 1 },
    { word: "田女士", weight: 1 },
    { word: "词语", weight: 1 },
  ]);
});

test("ten thousand words are searched for in a long text", t => {
  const database = skillDatabase(t);
  const items = Array.from({ length: 10_000 }, (_, i) => [`词 ${i}`]);
  database.call("execute_batch", { sql: "INSERT INTO _vulcan_dict (word) VALUES (?)", items });
  const text = "词 9999，词 12345。".repeat(1000);
  const tokens = cut(database, text) as string[];
  assert.deepEqual(tokens.slice(0, 5), ["词 9999", "，", "词", "12345", "。"]);
  assert.equal(tokens.length, 5000);
});
