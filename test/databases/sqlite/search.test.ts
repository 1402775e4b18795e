import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SqliteDatabases } from "#dist/databases/sqlite/databases.js";
import { type Fields, skillDatabase as newDatabase, type SkillDatabase } from "./skill-database.js";

/** Reading jieba's dictionary takes longer than a test. */
const thread = new SqliteDatabases();
const index_name = "memory_docs";

/** @param documents id, title and content */
function indexed(test: TestContext, mode: string, ...documents: [string, string, string][]): SkillDatabase {
  const database = newDatabase(test, thread);
  database.call("ensure_fts_index", { index_name, mode });
  for (const [id, title, content] of documents) {
    database.call("upsert_fts_document", { index_name, id, file_path: `/demo/${id}.md`, title, content });
  }
  return database;
}

function search({ call }: SkillDatabase, query: string, fields: Fields = {}): Fields & { hits: Fields[] } {
  return call("search_fts", { index_name, query, ...fields }) as Fields & { hits: Fields[] };
}

function ids(answer: { hits: Fields[] }): unknown[] {
  return answer.hits.map(({ id }) => id);
}

test("search_fts answers with hits, and with how it understood the query", t => {
  const database = indexed(
    t,
    "none",
    ["doc-1", "A Title", "some words about a title"],
    ["doc-2", "B", "other"],
  );
  const { hits, ...answer } = search(database, " title \n nothing ");
  assert.deepEqual(answer, {
    success: true,
    message: "fts search completed (hits=1)",
    index_name,
    tokenizer_mode: "none",
    normalized_query: "title nothing",
    fts_query: '"title" OR "nothing"',
    source: "sqlite_fts",
    query_mode: "fts",
    total: 1,
  });
  const [{ score, raw_score, ...hit } = {}] = hits;
  assert.deepEqual(hit, {
    id: "doc-1",
    file_path: "/demo/doc-1.md",
    title: "A Title",
    title_highlight: "A <mark>Title</mark>",
    content_snippet: "some words about a <mark>title</mark>",
    rank: 1,
  });
  assert.ok(Number(raw_score) < 0);
  assert.equal(score, -Number(raw_score));
});

test("search_fts creates a missing index, which has no hits", t => {
  const { call } = newDatabase(t, thread);
  const { total, hits } = call("search_fts", { index_name: "new", query: "x" });
  assert.deepEqual({ total, hits }, { total: 0, hits: [] });
});

test("a query is plain text", t => {
  const database = indexed(t, "none", ["a", "", "near or not and"], ["b", "", 'quo"ted * text']);
  for (const [query, found] of [
    ["NOT", ["a"]],
    ['"', []],
    ['quo"ted', ["b"]],
    ["*", []],
    ["tex*", []],
    ["title:near", ["a"]],
    ["(near", ["a"]],
    ["^near AND {x}", ["a"]],
    ["!?", []],
  ] as const) {
    assert.deepEqual(ids(search(database, query)), found, query);
  }
});

test("any word of the query is a hit, and the best hit comes first", t => {
  const database = indexed(
    t,
    "none",
    ["one", "", "alpha filler filler filler filler filler"],
    ["both", "", "alpha beta"],
    ["none", "", "gamma"],
    ["more", "", "delta"],
    ["rest", "", "epsilon"],
  );
  const { hits, total } = search(database, "alpha beta");
  assert.deepEqual([ids({ hits }), total], [["both", "one"], 2]);
  assert.deepEqual(
    hits.map(({ rank }) => rank),
    [1, 2],
  );
  assert.ok(Number(hits[0]?.score) > Number(hits[1]?.score));
});

test("title and content weigh the same", t => {
  const database = indexed(t, "none", ["a", "word", "other text"], ["b", "other text", "word"]);
  const [first, second] = search(database, "word").hits;
  assert.equal(first?.raw_score, second?.raw_score);
});

test("equal hits are ordered by file path and id", t => {
  const database = newDatabase(t, thread);
  for (const [id, path] of [
    ["c", "/1"],
    ["a", "/2"],
    ["b", "/1"],
  ]) {
    database.call("upsert_fts_document", { index_name, id, file_path: path, content: "word" });
  }
  assert.deepEqual(ids(search(database, "word")), ["b", "c", "a"]);
});

/** Fields, how many hits of 250, rank of the first. */
const pages: [fields: Fields, hits: number, first: number | undefined][] = [
  [{}, 10, 1],
  [{ limit: 3 }, 3, 1],
  [{ limit: 0 }, 1, 1],
  [{ limit: 1000 }, 200, 1],
  [{ limit: 2 ** 63 }, 200, 1],
  [{ limit: -1 }, 10, 1],
  [{ limit: 2.5 }, 10, 1],
  [{ limit: "3" }, 10, 1],
  [{ limit: 5, offset: 7 }, 5, 8],
  [{ offset: 245 }, 5, 246],
  [{ offset: 250 }, 0, undefined],
  [{ offset: 2 ** 63 }, 0, undefined],
  [{ offset: -1 }, 10, 1],
  [{ offset: "7" }, 10, 1],
];

test("limit and offset choose the page, total counts all", t => {
  const database = indexed(t, "none");
  const items = Array.from({ length: 250 }, (_, i) => [String(i).padStart(3, "0")]);
  const sql = `INSERT INTO ${index_name} (id, file_path, title, content) VALUES (?1, '/' || ?1, '', 'word')`;
  database.call("execute_batch", { sql, items });
  for (const [fields, count, first] of pages) {
    const { hits, total } = search(database, "word", fields);
    assert.deepEqual([hits.length, hits[0]?.rank, total], [count, first, 250], JSON.stringify(fields));
    if (first !== undefined) assert.equal(Number(hits[0]?.id), first - 1);
  }
});

test("a snippet is twelve words of the content, with dots where it goes on", t => {
  const words = Array.from({ length: 40 }, (_, i) => `w${i}`);
  const database = indexed(t, "none", ["a", "w20", words.join(" ")]);
  const [hit] = search(database, "w20").hits;
  assert.match(String(hit?.content_snippet), /^\.\.\.(w\d+ )+<mark>w20<\/mark>( w\d+)+\.\.\.$/);
  assert.equal(String(hit?.content_snippet).split(" ").length, 12);
  assert.equal(hit?.title_highlight, "<mark>w20</mark>");
});

test("titles without a hit and markup are left as they are", t => {
  const database = indexed(t, "none", ["a", "<b>Title</b> & more", "<i>word</i>"]);
  const [hit] = search(database, "word").hits;
  assert.equal(hit?.title_highlight, "<b>Title</b> & more");
  assert.equal(hit?.content_snippet, "<i><mark>word</mark></i>");
});

/** Mode, content, query, whether it is found. */
const matches: [mode: string, content: string, query: string, found: boolean][] = [
  ["none", "Crème brûlée", "creme BRULEE", true],
  ["none", "中国科学院", "科学", false],
  ["none", "中国科学院", "中国科学院", true],
  ["jieba", "小明毕业于中国科学院", "科学", true],
  ["jieba", "小明毕业于中国科学院", "科学院", true],
  ["jieba", "小明毕业于中国科学院", "中国科学院", true],
  ["jieba", "小明毕业于中国科学院", "学小", false],
  ["jieba", "Hello World", "hello", true],
  ["jieba", "hello world", "WORLD", true],
  ["jieba", "hello world", "wor", false],
  ["jieba", "你好，世界", "，", false],
  ["jieba", "C++ 和 C#", "c++", true],
  ["jieba", "C++ 和 C#", "C#", true],
  ["jieba", "İstanbul", "istanbul", false],
  ["jieba", "STRASSE 大街", "strasse", true],
  ["jieba", "数字 3.14", "3.14", true],
];

for (const [mode, content, query, found] of matches) {
  test(`in mode ${mode} the query ${query} ${found ? "finds" : "does not find"} ${content}`, t => {
    const database = indexed(t, mode, ["a", "", content]);
    assert.deepEqual(ids(search(database, query, { mode })), found ? ["a"] : []);
  });
}

/** Custom words, content, query, the snippet. */
const marks: [words: string[], content: string, query: string, snippet: string][] = [
  [[], "小明毕业于中国科学院计算所", "科学", "小明毕业于<mark>中国科学院</mark>计算所"],
  [[], "南京市长江大桥", "大桥", "南京市<mark>长江大桥</mark>"],
  [[], "你好，Straße 和 İstanbul！", "straße", "你好，<mark>Straße</mark> 和 İstanbul！"],
  [[], "İİİ 之后的 Hello", "hello", "İİİ 之后的 <mark>Hello</mark>"],
  [[], "𠮷😀 笑脸 text", "text", "𠮷😀 笑脸 <mark>text</mark>"],
  [["田-女士"], "见田-女士了", "田-女士", "见<mark>田-女士</mark>了"],
  [["阿里 巴巴"], "在阿里 巴巴工作", "巴巴", "在<mark>阿里 巴巴</mark>工作"],
  [["★★"], "评级 ★★ 好", "★★", "评级 <mark>★★</mark> 好"],
];

for (const [words, content, query, snippet] of marks) {
  test(`${query} is marked in ${content}${words.length === 0 ? "" : ` with ${words.join(", ")}`}`, t => {
    const database = indexed(t, "jieba");
    for (const word of words) database.call("upsert_custom_word", { word, weight: 100 });
    const document = { index_name, id: "a", file_path: "/a", title: content, content };
    database.call("upsert_fts_document", document);
    const [hit] = search(database, query, { mode: "jieba" }).hits;
    assert.equal(hit?.content_snippet, snippet);
    assert.equal(hit?.title_highlight, snippet);
  });
}

test("the mode of a search only says how the query is cut", t => {
  const database = indexed(t, "jieba", ["a", "", "中国科学院"], ["b", "", "text"]);
  const { fts_query, tokenizer_mode, hits } = search(database, "科学，中国科学院");
  assert.equal(fts_query, '"科学，中国科学院"');
  assert.equal(tokenizer_mode, "none");
  assert.deepEqual(ids({ hits }), []);
  assert.deepEqual(ids(search(database, "中国科学院")), ["a"]);
});

test("SQL of the skill searches an index of mode jieba", t => {
  const database = indexed(t, "jieba", ["a", "标题", "小明毕业于中国科学院"]);
  const found = (match: string) =>
    database.rows(`SELECT id FROM ${index_name} WHERE ${index_name} MATCH ?`, match).length;
  assert.equal(found("毕业于中国科学院"), 1);
  assert.equal(found("content : 标题"), 0);
  assert.equal(found("title : 标题"), 1);
  assert.equal(found("中国*"), 1);
  assert.equal(found('"小明" NOT "标题"'), 0);
});

test("text that is not UTF-8 is indexed without what is wrong with it", t => {
  const database = indexed(t, "jieba");
  const sql = `INSERT INTO ${index_name} (id, content) VALUES ('a', CAST(x'e4b8ade59bbdff68656c6c6f' AS TEXT))`;
  database.call("execute_script", { sql });
  assert.deepEqual(ids(search(database, "hello", { mode: "jieba" })), ["a"]);
  assert.deepEqual(ids(search(database, "中国", { mode: "jieba" })), ["a"]);
});

test("ids and paths that SQL has stored come back as they are", t => {
  const database = indexed(t, "none");
  const sql = `INSERT INTO ${index_name} (id, content) VALUES (9007199254740993, 'word')`;
  database.call("execute_script", { sql });
  const answer = database.databases.perform(
    database.file,
    { action: "search_fts", head: JSON.stringify({ index_name, query: "word" }) },
    { token: 1, timeoutMs: 0 },
  );
  assert.match(String(answer), /"hits":\[\{"id":9007199254740993,"file_path":null,/);
});

/** Input, message without its prefix. */
const refused: [Fields, string][] = [
  [{ index_name }, "query must be a non-blank string, got nil"],
  [{ index_name, query: " " }, "query must be a non-blank string, got a blank one"],
  [{ index_name, query: 5 }, "query must be a non-blank string, got number"],
  [{ index_name, query: "a\0b" }, "query must not contain NUL characters"],
  [{ query: "x" }, "index_name must be a non-blank string, got nil"],
];

for (const [input, message] of refused) {
  test(`search_fts refuses ${JSON.stringify(input)}`, t => {
    const { call } = newDatabase(t, thread);
    assert.throws(() => call("search_fts", input), { message: `sqlite.search_fts: ${message}` });
  });
}
