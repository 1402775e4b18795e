import assert from "node:assert/strict";
import { test } from "node:test";
import type { DatabaseProvider, Json } from "luaskills";
import { databaseBench } from "./skills.js";

type Request = Parameters<DatabaseProvider["handle"]>[0];

/** A provider that answers with what `respond` makes of a request, and keeps the requests. */
function provider(respond: (request: Request) => Json | Promise<Json>) {
  const requests: Request[] = [];
  const handle = (request: Request) => {
    requests.push(request);
    return respond(request);
  };
  return { requests, handle };
}

test("the host gets action, binding and input, and the skill what the host returns, untouched", async t => {
  const sqlite = provider(() => ({ anything: ["the", { host: "likes" }] }));
  const { run, runSync, runtimeRoot, skillsDir } = await databaseBench(t, { databases: { sqlite } });
  const code = "return vulcan.sqlite.execute_script({ sql = 'X', params = { 1, 'two' }, more = true })";
  const expected = { value: { anything: ["the", { host: "likes" }] } };
  assert.deepEqual(await run(code), expected);
  assert.deepEqual(runSync(code), expected);
  const request = {
    action: "execute_script",
    binding: {
      space_label: "ROOT",
      root_name: "ROOT",
      skill_id: "demo",
      binding_tag: "ROOT-demo",
      space_root: `${runtimeRoot}/databases`,
      skill_dir: `${skillsDir}/demo`,
      skill_dir_name: "demo",
      database_kind: "sqlite",
      default_database_path: `${runtimeRoot}/databases/sqlite/demo/demo.sqlite3`,
    },
    input: { sql: "X", params: [1, "two"], more: true },
  };
  assert.deepEqual(sqlite.requests, [request, request]);
});

const sqliteCalls: [action: string, call: string, input: Json][] = [
  [
    "execute_batch",
    "execute_batch({ sql = 'X', items = { { 1 }, { 2 } } })",
    { sql: "X", items: [[1], [2]] },
  ],
  ["query_json", "query_json({ sql = 'X' })", { sql: "X" }],
  ["query_stream", "query_stream({ sql = 'X', params = {} })", { sql: "X", params: [] }],
  ["query_stream_wait_metrics", "query_stream_wait_metrics({ stream_id = 1 })", { stream_id: 1 }],
  ["query_stream_chunk", "query_stream_chunk({ stream_id = 1, index = 0 })", { stream_id: 1, index: 0 }],
  ["query_stream_close", "query_stream_close({ stream_id = 1 })", { stream_id: 1 }],
  ["tokenize_text", "tokenize_text({ text = '' })", { text: "" }],
  ["upsert_custom_word", "upsert_custom_word({})", {}],
  ["remove_custom_word", "remove_custom_word({ word = 1 })", { word: 1 }],
  ["list_custom_words", "list_custom_words()", {}],
  ["ensure_fts_index", "ensure_fts_index({ index_name = 'i' })", { index_name: "i" }],
  ["rebuild_fts_index", "rebuild_fts_index({ index_name = 'i' })", { index_name: "i" }],
  ["upsert_fts_document", "upsert_fts_document({ id = 'i' })", { id: "i" }],
  ["delete_fts_document", "delete_fts_document({ id = 'i' })", { id: "i" }],
  ["search_fts", "search_fts({ query = 'q', limit = 3 })", { query: "q", limit: 3 }],
];

test("all actions of SQLite reach the host, with their input as it is", async t => {
  const sqlite = provider(async () => ({ ok: true }));
  const { run } = await databaseBench(t, { databases: { sqlite } });
  for (const [action, call, input] of sqliteCalls) {
    sqlite.requests.length = 0;
    assert.deepEqual(await run(`return vulcan.sqlite.${call}`), { value: { ok: true } });
    assert.deepEqual(
      sqlite.requests.map(request => [request.action, request.input]),
      [[action, input]],
    );
  }
});

test("a result may be a table, a list or a single value", async t => {
  let response: Json = null;
  const { run } = await databaseBench(t, { databases: { sqlite: provider(() => response) } });
  for (response of [[1, 2], "text", 5, true, { rows: [] }]) {
    assert.deepEqual(await run("return vulcan.sqlite.query_json({ sql = 'X' })"), { value: response });
  }
  response = null;
  assert.deepEqual(await run("return vulcan.sqlite.query_json({ sql = 'X' })"), {});
});

const lanceCalls: [call: string, action: string, input: Json, data?: string][] = [
  ["create_table({ table_name = 't', columns = {} })", "create_table", { table_name: "t", columns: [] }],
  ["delete({ table_name = 't', condition = 'c' })", "delete", { table_name: "t", condition: "c" }],
  ["drop_table({ table_name = 't' })", "drop_table", { table_name: "t" }],
  ["vector_upsert({ rows = { { a = 1 } } })", "vector_upsert", { input_format: "json" }, '[{"a":1}]'],
  ["vector_upsert({ rows = '[]', data = 'x' })", "vector_upsert", { input_format: "json" }, "[]"],
  ["vector_upsert({ data = { { a = 1 } } })", "vector_upsert", { input_format: "json" }, '[{"a":1}]'],
  ["vector_upsert({ data = '\\255\\0' })", "vector_upsert", { input_format: "arrow_ipc" }, "\xff\0"],
  ["vector_upsert({ data = 'x', input_format = 'own' })", "vector_upsert", { input_format: "own" }, "x"],
  ["vector_search({ vector = { 1 } })", "vector_search", { vector: [1], output_format: "json" }],
  ["vector_search({ output_format = 'arrow' })", "vector_search", { output_format: "arrow" }],
];

test("all actions of LanceDB reach the host, with what is written as base64", async t => {
  const lancedb = provider(() => ({ meta: { done: true } }));
  const { run } = await databaseBench(t, { databases: { lancedb } });
  for (const [call, action, input, data] of lanceCalls) {
    lancedb.requests.length = 0;
    const outcome = (await run(`return vulcan.lancedb.${call}`)) as { value: { done: boolean } };
    assert.equal(outcome.value.done, true, call);
    const [request] = lancedb.requests;
    const expected =
      data === undefined
        ? input
        : { ...(input as object), data_base64: Buffer.from(data, "latin1").toString("base64") };
    assert.deepEqual([request?.action, request?.input], [action, expected]);
    assert.equal((request?.binding as { database_kind?: string } | undefined)?.database_kind, "lance_db");
  }
});

test("what a search finds comes as rows or as bytes, as the host says", async t => {
  let response: Json = {};
  const { run } = await databaseBench(t, { databases: { lancedb: provider(() => response) } });
  const search = "local r = vulcan.lancedb.vector_search({ vector = { 1 } })";
  response = { meta: { format: "json", rows: 1 }, data_base64: btoa('[{"id":"a"}]') };
  assert.deepEqual(await run(`${search} return { r.format, r.data_json, r.data == nil }`), {
    value: ["json", [{ id: "a" }], true],
  });
  response = { meta: { format: "arrow_ipc" }, data_base64: "AP8=" };
  assert.deepEqual(await run(`${search} return { #r.data, r.data:byte(2), r.data_json == nil }`), {
    value: [2, 255, true],
  });
  response = {};
  assert.deepEqual(await run(`${search} return r.data`), { value: "" });
});

const wrongAnswers: [response: unknown, error: RegExp][] = [
  ["text", /^lancedb\.vector_search: .* must return an object \{ meta, data_base64 \}$/],
  [[], /must return an object/],
  [{ data_base64: 5 }, /must return data_base64 as a string/],
  [{ data_base64: "!!" }, /no base64/],
  [{ meta: { format: "json" } }, /data that is no JSON/],
  [{ meta: { f: () => 1 } }, /returned meta.*cannot convert/],
];

test("an answer that is none is an error that says so", async t => {
  let response: unknown;
  const lancedb = provider(() => response as Json);
  const { run } = await databaseBench(t, { databases: { lancedb } });
  for (const [wrong, error] of wrongAnswers) {
    response = wrong;
    const outcome = await run("return vulcan.lancedb.vector_search({ vector = { 1 } })");
    assert.ok("error" in outcome);
    assert.match(outcome.error, error);
  }
});

test("what the host throws is the error that the skill sees", async t => {
  const sqlite = provider(({ action }) => {
    if (action === "query_json") throw new Error("thrown by the host");
    return Promise.reject(new Error("rejected by the host"));
  });
  const { run, runSync } = await databaseBench(t, { databases: { sqlite } });
  const thrown = { error: "thrown by the host" };
  assert.deepEqual(await run("vulcan.sqlite.query_json({})"), thrown);
  assert.deepEqual(runSync("vulcan.sqlite.query_json({})"), thrown);
  assert.deepEqual(await run("vulcan.sqlite.list_custom_words()"), { error: "rejected by the host" });
});

test("a synchronous call says that it cannot wait for the host", async t => {
  const sqlite = provider(() => Promise.reject(new Error("too late")));
  const { runSync } = await databaseBench(t, { databases: { sqlite } });
  assert.deepEqual(runSync("vulcan.sqlite.query_json({})"), {
    error: "sqlite.query_json: the host's provider answers later, and a synchronous call cannot wait for it",
  });
});

test("a call that ends does not wait for the host", async t => {
  const sqlite = provider(() => new Promise<Json>(() => {}));
  const { engine, run } = await databaseBench(t, { databases: { sqlite } });
  const call = engine.call("demo-run", { code: "vulcan.sqlite.query_json({})" }, { timeoutMs: 50 });
  await assert.rejects(call, { code: "LUA_TIMEOUT" });
  assert.deepEqual(await run("return 1"), { value: 1 });
});

test("status() says that the host keeps the databases", async t => {
  const { run } = await databaseBench(t, { databases: { sqlite: provider(() => null) } });
  const { value } = (await run("return vulcan.sqlite.info()")) as { value: Record<string, Json> };
  assert.equal(value.enabled, true);
  assert.equal(value.integration_mode, "host_callback");
  const { name, version, ffi_stage: stage } = value.library_info as Record<string, Json>;
  assert.deepEqual([name, version, stage], ["host_callback", "host_managed", "host_managed"]);
});

test("a host that disables databases makes them look as if the skill had none", async t => {
  const { run } = await databaseBench(t, { databases: { sqlite: "disabled", lancedb: "disabled" } });
  const reason = "current skill has not enabled sqlite";
  assert.deepEqual(await run("return { vulcan.sqlite.enabled, vulcan.sqlite.status().reason }"), {
    value: [false, reason],
  });
  assert.deepEqual(await run("vulcan.sqlite.query_json({ sql = 'SELECT 1' })"), { error: reason });
  assert.deepEqual(await run("vulcan.lancedb.drop_table({})"), {
    error: "current skill has not enabled lancedb",
  });
});

test("each kind of database has a provider of its own", async t => {
  const lancedb = provider(() => ({ meta: { from: "host" } }));
  const { run } = await databaseBench(t, { databases: { lancedb } });
  assert.deepEqual(await run("return vulcan.lancedb.drop_table({ table_name = 't' }).from"), {
    value: "host",
  });
  assert.deepEqual(await run("return vulcan.sqlite.query_json({ sql = 'SELECT 1 AS one' }).rows[1].one"), {
    value: 1,
  });
});

const wrongOptions: [options: unknown, error: RegExp][] = [
  [5, /databases must be an object/],
  [{ sqlite: "dynamic_library" }, /databases\.sqlite must be "embedded", "disabled" or an object/],
  [{ lancedb: {} }, /databases\.lancedb must be/],
  [{ lancedb: null }, /databases\.lancedb must be .* got null/],
  [{ lancedbStorage: "s3://x" }, /databases\.lancedbStorage must be an object with the member uri/],
  [{ lancedbStorage: { uri: "s3://x", options: { a: 1 } } }, /lancedbStorage\.options\.a must be a string/],
];

test("wrong options are refused by name", async t => {
  for (const [databases, error] of wrongOptions) {
    await assert.rejects(databaseBench(t, { databases: databases as never }), error);
  }
});
