import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SqliteDatabases } from "#dist/databases/sqlite/databases.js";
import { type Fields, skillDatabase as newDatabase, type SkillDatabase } from "./skill-database.js";

/** Reading jieba's dictionary takes longer than a test. */
const thread = new SqliteDatabases();
const skillDatabase = (test: TestContext) => newDatabase(test, thread);

const index_name = "docs";

function add({ call }: SkillDatabase, id: string, content: string, fields: Fields = {}): Fields {
  return call("upsert_fts_document", { index_name, id, file_path: `/${id}`, content, ...fields });
}

function tokenizerOf({ rows }: SkillDatabase, name = index_name): string | undefined {
  const [row] = rows("SELECT sql FROM sqlite_schema WHERE name = ?", name) as [{ sql: string }];
  return /tokenize = '([^']*)'/.exec(row.sql)?.[1];
}

function ids({ call }: SkillDatabase, query: string, mode = "none"): unknown[] {
  return (call("search_fts", { index_name, query, mode }).hits as { id: unknown }[]).map(({ id }) => id);
}

test("ensure_fts_index creates an FTS5 table that SQL can use", t => {
  const { call, rows } = skillDatabase(t);
  assert.deepEqual(call("ensure_fts_index", { index_name: " docs\n" }), {
    success: true,
    message: "fts index ensured",
    index_name: "docs",
    tokenizer_mode: "none",
  });
  const columns = rows("SELECT name FROM pragma_table_info('docs')") as { name: string }[];
  assert.deepEqual(columns.map(({ name }) => name).slice(0, 4), ["id", "file_path", "title", "content"]);
  rows("INSERT INTO docs (id, file_path, title, content) VALUES (1, '/x', 'Title', 'some text')");
  assert.deepEqual(rows("SELECT id FROM docs WHERE docs MATCH 'title'"), [{ id: 1 }]);
});

test("an index keeps its tokenizer, whatever mode is asked for", t => {
  const database = skillDatabase(t);
  database.call("ensure_fts_index", { index_name, mode: "jieba" });
  assert.equal(tokenizerOf(database), "jieba");
  assert.equal(database.call("ensure_fts_index", { index_name }).tokenizer_mode, "none");
  assert.equal(add(database, "a", "text").affected_rows, 1);
  assert.equal(tokenizerOf(database), "jieba");
});

for (const [mode, tokenizer] of [
  ["none", "unicode61 remove_diacritics 2"],
  ["jieba", "jieba"],
]) {
  for (const action of ["ensure_fts_index", "rebuild_fts_index", "upsert_fts_document", "search_fts"]) {
    test(`${action} creates an index of mode ${mode} where there is none`, t => {
      const database = skillDatabase(t);
      const input = { index_name, id: "a", file_path: "/a", query: "x", tokenizer_mode: mode };
      database.call(action, input);
      assert.equal(tokenizerOf(database), tokenizer);
    });
  }
}

test("index names may be words of SQL, and do not depend on case", t => {
  const { call } = skillDatabase(t);
  const document = { index_name: "Order", id: "a", file_path: "/a", content: "text" };
  assert.equal(call("upsert_fts_document", document).affected_rows, 1);
  assert.equal(call("upsert_fts_document", { ...document, index_name: "ORDER" }).affected_rows, 2);
  assert.equal(call("search_fts", { index_name: "order", query: "text" }).total, 1);
  assert.equal(call("rebuild_fts_index", { index_name: "orDer" }).reindexed_rows, 1);
  assert.equal(call("delete_fts_document", { index_name: "ORDER", id: "a" }).affected_rows, 1);
});

/** Index name, message without the name of the action. */
const names: [name: unknown, message: string][] = [
  [undefined, "index_name must be a non-blank string, got nil"],
  [7, "index_name must be a non-blank string, got number"],
  ["", "index_name must be a non-blank string, got a blank one"],
  ["d\0", "index_name must not contain NUL characters"],
  ["1a", 'index_name must start with a letter (A-Z, a-z) or _, got "1a"'],
  ["é", 'index_name must start with a letter (A-Z, a-z) or _, got "é"'],
  ["a-b", 'index_name must consist of letters (A-Z, a-z), digits and _, got "a-b"'],
  ['a"b', 'index_name must consist of letters (A-Z, a-z), digits and _, got "a\\"b"'],
  ["a b", 'index_name must consist of letters (A-Z, a-z), digits and _, got "a b"'],
  ["_vulcan_x", 'index_name must not start with _vulcan_, which is reserved, got "_vulcan_x"'],
  ["_VULCAN_dict", 'index_name must not start with _vulcan_, which is reserved, got "_VULCAN_dict"'],
  ["sqlite_x", 'index_name must not start with sqlite_, which SQLite reserves, got "sqlite_x"'],
  ["Content", 'index_name must not be the name of a column of the index, got "Content"'],
  ["rank", 'index_name must not be the name of a column of the index, got "rank"'],
  ["notes", "index_name must be free or a full-text index; notes is something else"],
  ["docs_content", "index_name must be free or a full-text index; docs_content is something else"],
];

for (const action of [
  "ensure_fts_index",
  "rebuild_fts_index",
  "upsert_fts_document",
  "delete_fts_document",
  "search_fts",
]) {
  test(`${action} refuses names that no index can have`, t => {
    const { call } = skillDatabase(t);
    call("ensure_fts_index", { index_name });
    call("execute_script", { sql: "CREATE TABLE notes (id, file_path, title, content)" });
    for (const [name, message] of names) {
      const input = { index_name: name, id: "a", file_path: "/a", query: "x" };
      assert.throws(() => call(action, input), { message: `sqlite.${action}: ${message}` });
    }
  });
}

for (const action of ["ensure_fts_index", "rebuild_fts_index", "upsert_fts_document", "search_fts"]) {
  test(`${action} refuses tokenizer modes that there are not`, t => {
    const { call } = skillDatabase(t);
    const input = { index_name, id: "a", file_path: "/a", query: "x", mode: "trigram" };
    assert.throws(() => call(action, input), {
      message: `sqlite.${action}: tokenizer_mode must be none or jieba, got "trigram"`,
    });
  });
}

test("upsert_fts_document adds a document and replaces the one with its id", t => {
  const database = skillDatabase(t);
  const answer = add(database, "doc-1", "first text", { title: "One" });
  assert.deepEqual(answer, {
    success: true,
    message: "fts document upserted",
    affected_rows: 1,
    index_name,
    id: "doc-1",
  });
  assert.equal(add(database, "doc-1", "second text").affected_rows, 2);
  assert.deepEqual(database.rows("SELECT * FROM docs"), [
    { id: "doc-1", file_path: "/doc-1", title: "", content: "second text" },
  ]);
  assert.deepEqual(ids(database, "first"), []);
  assert.deepEqual(ids(database, "second"), ["doc-1"]);
});

test("upsert_fts_document replaces all that SQL has stored under the id", t => {
  const database = skillDatabase(t);
  database.call("ensure_fts_index", { index_name });
  database.call("execute_script", {
    sql: "INSERT INTO docs (id, content) VALUES ('a', 'x'), ('a', 'y'), (NULL, 'z'), (5, 'w')",
  });
  assert.equal(add(database, "a", "new").affected_rows, 3);
  assert.deepEqual(database.rows("SELECT id FROM docs"), [{ id: null }, { id: 5 }, { id: "a" }]);
});

test("title and content that are no strings are empty", t => {
  const database = skillDatabase(t);
  add(database, "a", "", { title: 5, content: ["x"] });
  assert.deepEqual(database.rows("SELECT title, content FROM docs"), [{ title: "", content: "" }]);
});

/** Fields that replace those of a document, message without its prefix. */
const documents: [Fields, string][] = [
  [{ id: undefined }, "id must be a non-blank string, got nil"],
  [{ id: 5 }, "id must be a non-blank string, got number"],
  [{ id: " " }, "id must be a non-blank string, got a blank one"],
  [{ id: "a\0" }, "id must not contain NUL characters"],
  [{ file_path: undefined }, "file_path must be a non-blank string, got nil"],
  [{ file_path: "\t" }, "file_path must be a non-blank string, got a blank one"],
  [{ title: "\0" }, "title must not contain NUL characters"],
  [{ content: "a\0b" }, "content must not contain NUL characters"],
];

for (const [fields, message] of documents) {
  test(`upsert_fts_document refuses ${JSON.stringify(fields)}`, t => {
    const database = skillDatabase(t);
    assert.throws(() => add(database, "a", "text", fields), {
      message: `sqlite.upsert_fts_document: ${message}`,
    });
    assert.deepEqual(database.rows("SELECT name FROM sqlite_schema WHERE name = 'docs'"), []);
  });
}

test("delete_fts_document removes a document, and does not mind one that is not there", t => {
  const database = skillDatabase(t);
  add(database, "a", "text");
  const input = { index_name, id: "a", tokenizer_mode: "nonsense" };
  assert.deepEqual(database.call("delete_fts_document", input), {
    success: true,
    message: "fts document removed",
    affected_rows: 1,
    index_name,
    id: "a",
  });
  assert.deepEqual(database.call("delete_fts_document", input), {
    success: true,
    message: "fts document not found",
    affected_rows: 0,
    index_name,
    id: "a",
  });
  assert.deepEqual(ids(database, "text"), []);
});

test("delete_fts_document does not create an index", t => {
  const { call, rows } = skillDatabase(t);
  assert.throws(() => call("delete_fts_document", { index_name, id: "a" }), {
    message: "sqlite.delete_fts_document: there is no index docs",
  });
  assert.deepEqual(rows("SELECT name FROM sqlite_schema WHERE name = 'docs'"), []);
});

test("documents are found by their id without reading the others", t => {
  const database = skillDatabase(t);
  add(database, "a", "text");
  const plan = database.rows("EXPLAIN QUERY PLAN SELECT id FROM docs_content WHERE c0 = 'a'");
  assert.match(JSON.stringify(plan), /USING COVERING INDEX _vulcan_docs_ids/);
  database.call("execute_script", { sql: "DROP TABLE docs" });
  assert.deepEqual(database.rows("SELECT name FROM sqlite_schema WHERE name LIKE '%docs%'"), []);
});

test("an index that SQL has made with other settings serves too", t => {
  const database = skillDatabase(t);
  database.call("execute_script", {
    sql: `CREATE VIRTUAL TABLE docs USING fts5(id UNINDEXED, file_path UNINDEXED, title, content, note UNINDEXED,
      tokenize = 'porter', columnsize = 0)`,
  });
  add(database, "a", "running");
  assert.equal(add(database, "a", "walking").affected_rows, 2);
  assert.deepEqual(ids(database, "walks"), ["a"]);
  assert.equal(database.call("delete_fts_document", { index_name, id: "a" }).affected_rows, 1);
});

test("rebuild_fts_index creates a missing index", t => {
  const { call } = skillDatabase(t);
  assert.deepEqual(call("rebuild_fts_index", { index_name }), {
    success: true,
    message: "fts index created during rebuild",
    index_name,
    tokenizer_mode: "none",
    reindexed_rows: 0,
  });
});

test("rebuild_fts_index gives the index another tokenizer and keeps its documents", t => {
  const database = skillDatabase(t);
  add(database, "a", "中国科学院", { title: "标题" });
  add(database, "b", "text");
  assert.deepEqual(ids(database, "科学院", "jieba"), []);
  assert.deepEqual(database.call("rebuild_fts_index", { index_name, mode: "jieba" }), {
    success: true,
    message: "fts index rebuilt (rows=2)",
    index_name,
    tokenizer_mode: "jieba",
    reindexed_rows: 2,
  });
  assert.equal(tokenizerOf(database), "jieba");
  assert.deepEqual(ids(database, "科学院", "jieba"), ["a"]);
  assert.deepEqual(database.rows("SELECT * FROM docs"), [
    { id: "a", file_path: "/a", title: "标题", content: "中国科学院" },
    { id: "b", file_path: "/b", title: "", content: "text" },
  ]);
  assert.equal(database.call("rebuild_fts_index", { index_name }).reindexed_rows, 2);
  assert.equal(tokenizerOf(database), "unicode61 remove_diacritics 2");
});

test("of documents with the same id rebuild_fts_index keeps the last one, and counts all", t => {
  const database = skillDatabase(t);
  database.call("ensure_fts_index", { index_name });
  database.call("execute_script", {
    sql: `INSERT INTO docs (id, content) VALUES ('a', 'one'), ('b', 'two'), ('a', 'three'), (NULL, 'four'), (NULL, NULL)`,
  });
  assert.equal(database.call("rebuild_fts_index", { index_name }).reindexed_rows, 5);
  assert.deepEqual(database.rows("SELECT id, title, content FROM docs"), [
    { id: "b", title: "", content: "two" },
    { id: "a", title: "", content: "three" },
    { id: null, title: "", content: "four" },
    { id: null, title: "", content: "" },
  ]);
});

test("triggers of the skill write to the index after it was rebuilt", t => {
  const database = skillDatabase(t);
  database.call("ensure_fts_index", { index_name });
  database.call("execute_script", {
    sql: `CREATE TABLE notes (id, body);
      CREATE TRIGGER index_notes AFTER INSERT ON notes
      BEGIN INSERT INTO docs (id, file_path, title, content) VALUES (NEW.id, '/n', '', NEW.body); END;`,
  });
  database.call("rebuild_fts_index", { index_name, mode: "jieba" });
  database.call("execute_script", { sql: "INSERT INTO notes VALUES ('n', '南京市长江大桥')" });
  assert.deepEqual(ids(database, "大桥", "jieba"), ["n"]);
});

test("a rebuild that fails leaves the index as it was", t => {
  const database = skillDatabase(t);
  add(database, "a", "text");
  database.call("execute_script", { sql: "CREATE TABLE _vulcan_rebuild (x)" });
  assert.throws(() => database.call("rebuild_fts_index", { index_name, mode: "jieba" }), {
    message: "sqlite.rebuild_fts_index: table _vulcan_rebuild already exists",
  });
  assert.equal(tokenizerOf(database), "unicode61 remove_diacritics 2");
  assert.deepEqual(ids(database, "text"), ["a"]);
});

test("documents keep the words they were indexed with until the index is rebuilt", t => {
  const database = skillDatabase(t);
  add(database, "a", "田·女士来了", { mode: "jieba" });
  database.call("upsert_custom_word", { word: "田·女士" });
  const sql = "SELECT id FROM docs WHERE docs MATCH '\"田·女士\"'";
  assert.deepEqual(database.rows(sql), []);
  add(database, "b", "田·女士来了");
  assert.deepEqual(database.rows(sql), [{ id: "b" }]);
  database.call("rebuild_fts_index", { index_name, mode: "jieba" });
  assert.deepEqual(database.rows(sql), [{ id: "a" }, { id: "b" }]);
});

test("a document whose words were indexed under other custom words can be removed and replaced", t => {
  for (const change of ["upsert_custom_word", "remove_custom_word"]) {
    for (const action of ["upsert_fts_document", "delete_fts_document"]) {
      const database = skillDatabase(t);
      const word = "田女士和王先生";
      if (change === "remove_custom_word") database.call("upsert_custom_word", { word });
      add(database, "a", word.repeat(3), { mode: "jieba" });
      database.call(change, { word });
      const input = { index_name, id: "a", file_path: "/a", content: "text", mode: "jieba" };
      assert.equal(database.call(action, input).affected_rows, action === "delete_fts_document" ? 1 : 2);
      database.call("upsert_custom_word", { word });
      for (const query of [word, "田女士"]) {
        const { total, hits } = database.call("search_fts", { index_name, query, mode: "jieba" });
        assert.deepEqual({ total, hits }, { total: 0, hits: [] });
      }
    }
  }
});

test("words that a removed document has left in the index belong to no later document", t => {
  const database = skillDatabase(t);
  const word = "田·女士";
  database.call("upsert_custom_word", { word });
  add(database, "a", "text", { mode: "jieba" });
  add(database, "b", `${word} 甲 乙 丙 丁`, { mode: "jieba" });
  database.call("remove_custom_word", { word });
  add(database, "b", "other text", { mode: "jieba" });
  database.call("upsert_custom_word", { word });
  assert.deepEqual(database.call("search_fts", { index_name, query: word, mode: "jieba" }).total, 0);
});
