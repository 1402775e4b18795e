import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { bothEnabled, databaseBench } from "../databases/skills.js";
import { manifest, writeSkill } from "../skills/skill-tree.js";

const schema =
  "vulcan.sqlite.execute_script({ sql = 'CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, name TEXT, data BLOB)' })";

test("a query gives rows and their exact JSON text, in calls that wait and in synchronous ones", async t => {
  const { run, runSync } = await databaseBench(t);
  await run(schema);
  const insert = `
    local done = vulcan.sqlite.execute_batch({
      sql = "INSERT INTO t VALUES (?1, ?2, ?3)",
      items = {
        { 1, "one", { kind = "bytes", base64 = "AP8=" } },
        { { kind = "int64", value = 9223372036854775807LL }, "größte", vulcan.json.null },
      },
    })
    return done.rows_changed`;
  assert.deepEqual(await run(insert), { value: 2 });
  const query = `
    local result = vulcan.sqlite.query_json({ sql = "SELECT * FROM t WHERE id >= ? ORDER BY id", params = { 1 } })
    return { result.success, result.row_count, #result.rows, result.rows[1].data, result.rows[2].name, result.json_data }`;
  const expected = [
    true,
    2,
    2,
    [0, 255],
    "größte",
    '[{"id":1,"name":"one","data":[0,255]},{"id":9223372036854775807,"name":"größte","data":null}]',
  ];
  assert.deepEqual(await run(query), { value: expected });
  assert.deepEqual(runSync(query), { value: expected });
});

test("parameters keep their position when one in the middle is nil", async t => {
  const { run } = await databaseBench(t);
  const code = `return vulcan.sqlite.query_json({ sql = "SELECT ?1 IS NULL AS a, ?2 AS b", params = { nil, 5 } }).rows[1]`;
  assert.deepEqual(await run(code), { value: { a: 1, b: 5 } });
});

test("each function says what is wrong with its input", async t => {
  const { run, runSync } = await databaseBench(t);
  const cases: [code: string, error: RegExp][] = [
    ["query_json()", /^sqlite\.query_json: input must be a table, got nil$/],
    ["query_json('SELECT 1')", /^sqlite\.query_json: input must be a table, got string$/],
    ["search_fts(3)", /^sqlite\.search_fts: input must be a table, got number$/],
    ["query_json({ sql = print })", /^sqlite\.query_json: input\.sql: cannot convert function/],
    [
      "query_json({ sql = 'SELECT ?', params = { 'a\\255' } })",
      /^sqlite\.query_json: input\.params\[1\]: .*UTF-8/,
    ],
    ["query_json({})", /^sqlite\.query_json: .*sql/],
    ["query_json({ 'SELECT 1' })", /^sqlite\.query_json: .*sql/],
    ["query_json({ sql = 'SELEC 1' })", /^sqlite\.query_json: .*syntax error/],
  ];
  for (const [call, error] of cases) {
    const code = `return vulcan.sqlite.${call}`;
    for (const outcome of [await run(code), runSync(code)]) {
      assert.ok("error" in outcome, call);
      assert.match(outcome.error, error);
    }
  }
});

test("a skill without the block has a disabled database that says so, whatever is asked of it", async t => {
  const { run, runSync } = await databaseBench(t);
  for (const kind of ["sqlite", "lancedb"]) {
    const reason = `current skill has not enabled ${kind}`;
    const status = {
      enabled: false,
      initialized: false,
      skill_name: "plain",
      integration_mode: "dynamic_library",
      reason,
    };
    const code = `local d = vulcan.${kind} return { d.enabled, d.status(), d.info("ignored") }`;
    assert.deepEqual(await run(code, {}, "plain"), { value: [false, status, status] });
    const members =
      kind === "sqlite" ? ["query_json", "list_custom_words"] : ["create_table", "vector_upsert"];
    for (const member of members) {
      for (const argument of ["", "print", "{ rows = print }"]) {
        assert.deepEqual(await run(`vulcan.${kind}.${member}(${argument})`, {}, "plain"), { error: reason });
        assert.deepEqual(runSync(`vulcan.${kind}.${member}(${argument})`, {}, "plain"), { error: reason });
      }
    }
  }
});

test("status() and info() describe the database and the library", async t => {
  const { run, runtimeRoot, skillsDir } = await databaseBench(t);
  const { value } = (await run(
    "return { vulcan.sqlite.status(), vulcan.sqlite.info(), vulcan.sqlite.enabled }",
  )) as {
    value: [Record<string, unknown>, Record<string, unknown>, boolean];
  };
  const [status, { library_info: libraryInfo, ...info }, enabled] = value;
  assert.equal(enabled, true);
  assert.deepEqual(info, status);
  const { library_path: path, library_version: version, capabilities, ...rest } = status;
  assert.match(String(version), /^\d+\.\d+\.\d+/);
  assert.ok(existsSync(String(path)));
  assert.equal((capabilities as string[]).length, 16);
  assert.deepEqual(libraryInfo, {
    name: "better-sqlite3",
    version,
    ffi_stage: "embedded",
    capabilities,
  });
  assert.deepEqual(rest, {
    enabled: true,
    initialized: true,
    skill_name: "demo",
    skill_dir_name: "demo",
    database_path: `${runtimeRoot}/databases/sqlite/demo/demo.sqlite3`,
    integration_mode: "dynamic_library",
    library_name: "better-sqlite3",
    ffi_stage: "embedded",
    space_label: "ROOT",
    root_name: "ROOT",
    binding_tag: "ROOT-demo",
    space_root: `${runtimeRoot}/databases`,
    default_database_path: `${runtimeRoot}/databases/sqlite/demo/demo.sqlite3`,
    log_level: "info",
    slow_log_enabled: false,
    slow_log_threshold_ms: 500,
  });
  assert.ok(skillsDir);
});

test("nothing is created before the database is used", async t => {
  const { run, runtimeRoot } = await databaseBench(t);
  await run("return { vulcan.sqlite.status(), vulcan.lancedb.status() }");
  assert.equal(existsSync(`${runtimeRoot}/databases`), false);
  await run(schema);
  assert.ok(existsSync(`${runtimeRoot}/databases/sqlite/demo/demo.sqlite3`));
});

test("enabled is a member like the others, and none can be written", async t => {
  const { run } = await databaseBench(t);
  const names = `
    local names = {}
    for name in pairs(vulcan.sqlite) do names[#names + 1] = name end
    table.sort(names)
    return names`;
  const { value } = (await run(names)) as { value: string[] };
  assert.equal(value.length, 19);
  assert.ok(value.includes("enabled"));
  const { error } = (await run("vulcan.sqlite.enabled = false")) as { error: string };
  assert.match(error, /vulcan\.sqlite is read-only/);
});

test("a nested call uses the database of the skill that is called, and the caller's afterwards", async t => {
  const { run } = await databaseBench(t);
  const code = `
    local name = function() return vulcan.sqlite.status().skill_name end
    local seen = { name() }
    seen[2] = vulcan.call("second-run", { code = "return vulcan.sqlite.status().skill_name" })
    seen[3] = name()
    seen[4] = vulcan.call("second-run", { code = "error('no')" })
    seen[5] = name()
    seen[6] = vulcan.call("plain-run", { code = "return vulcan.sqlite.enabled" })
    seen[7] = vulcan.sqlite.enabled
    return seen`;
  const { value } = (await run(code)) as { value: unknown[] };
  assert.deepEqual(
    [value[0], value[1], value[2], value[4], value[5], value[6]],
    ["demo", '{"value":"second"}', "demo", "demo", '{"value":false}', true],
  );
});

test("two skills have two databases", async t => {
  const { run } = await databaseBench(t);
  await run(`${schema} vulcan.sqlite.execute_script({ sql = "INSERT INTO t (name) VALUES ('mine')" })`);
  const { error } = (await run(
    "return vulcan.sqlite.query_json({ sql = 'SELECT * FROM t' })",
    {},
    "second",
  )) as {
    error: string;
  };
  assert.match(error, /no such table: t/);
});

test("code that belongs to no skill has no database, and reaches those of skills by calling them", async t => {
  const { engine } = await databaseBench(t);
  const state = "return { vulcan.sqlite.enabled, vulcan.sqlite.status().skill_name, vulcan.lancedb.enabled }";
  assert.deepEqual(await engine.runLua(state), [false, "", false]);
  const lease = await engine.leases.create({ sid: "one" });
  assert.deepEqual(await lease.eval(state), [false, "", false]);
  await lease.close();
  const report = await engine.execLua({
    code: `return vulcan.json.encode({ vulcan.sqlite.enabled, vulcan.call("demo-run", { code = "return vulcan.sqlite.enabled" }) })`,
  });
  assert.match(report, /false/);
  assert.match(report, /true/);
  const caller = `return vulcan.runtime.lua.exec({ task = "look", code = "return tostring(vulcan.sqlite.enabled)" })`;
  const { content } = await engine.call("demo-run", { code: caller });
  assert.match(content, /false/);
});

test("a help page written in Lua has the database of its skill", async t => {
  const { engine, run, skillsDir } = await databaseBench(t);
  writeSkill(skillsDir, "helpful", {
    "skill.yaml": manifest(
      ["run"],
      `${bothEnabled}help: { main: { description: d, file: help/main.lua } }\n`,
    ),
    "runtime/run.lua": "return function() return '' end",
    "help/main.lua": "return function() return vulcan.sqlite.status().skill_name end",
  });
  await engine.reload();
  assert.equal((await engine.help.render("helpful", "main"))?.content, "helpful");
  assert.deepEqual(await run("return vulcan.sqlite.status().skill_name"), { value: "demo" });
});

test("the body of an entry file belongs to no skill", async t => {
  const { engine, skillsDir } = await databaseBench(t);
  writeSkill(skillsDir, "early", {
    "skill.yaml": manifest(["run"], bothEnabled),
    "runtime/run.lua":
      "local early = vulcan.sqlite.enabled return function() return tostring(early) .. tostring(vulcan.sqlite.enabled) end",
  });
  await engine.reload();
  assert.equal((await engine.call("early-run")).content, "falsetrue");
});
