import assert from "node:assert/strict";
import { test } from "node:test";
import { databaseBench } from "./skills.js";

async function logged(t: Parameters<typeof databaseBench>[0], block: string, code: string) {
  const lines: string[] = [];
  const { run, runtimeRoot } = await databaseBench(
    t,
    { logger: (level, message) => lines.push(`${level} ${message}`) },
    { demo: block },
  );
  await run(code);
  return lines
    .filter(line => line.includes("Db:") || line.includes("Sqlite:"))
    .map(line => line.replaceAll(runtimeRoot, "RT"));
}

const about = "skill=demo db=RT/databases/sqlite/demo op=query_json";
const good = "vulcan.sqlite.query_json({ sql = 'SELECT 1' })";
const bad = "vulcan.sqlite.query_json({ sql = 'SELEC' })";

test("each operation is logged at level info", async t => {
  assert.deepEqual(await logged(t, "sqlite: { enable: true }\n", good), [`info [Sqlite:info] ${about}`]);
});

test("a failure is logged as a warning at the levels info and warning", async t => {
  const warning =
    /^warn \[Sqlite:warn\] skill=demo db=RT\/databases\/sqlite\/demo op=query_json message=.*syntax error/;
  const [info, warn] = await logged(t, "sqlite: { enable: true }\n", bad);
  assert.equal(info, `info [Sqlite:info] ${about}`);
  assert.match(String(warn), warning);
  const [only, ...more] = await logged(t, "sqlite: { enable: true, log_level: warning }\n", bad);
  assert.match(String(only), warning);
  assert.deepEqual(more, []);
});

test("nothing is logged at level off, but slow operations where they are asked for", async t => {
  const off = "sqlite: { enable: true, log_level: off";
  assert.deepEqual(await logged(t, `${off} }\n`, `${good} ${bad}`), []);
  const slow = await logged(t, `${off}, slow_log_enabled: true, slow_log_threshold_ms: 0 }\n`, good);
  assert.equal(slow.length, 1);
  assert.match(
    String(slow[0]),
    /^info \[Sqlite:slow\] skill=demo db=\S+ op=query_json elapsed_ms=\d+ rows=1$/,
  );
});

test("LanceDB has a name of its own in the log", async t => {
  const lines = await logged(
    t,
    "lancedb: { enable: true }\n",
    "vulcan.lancedb.drop_table({ table_name = 'none' })",
  );
  assert.equal(lines[0], "info [LanceDb:info] skill=demo db=RT/databases/lancedb/demo op=drop_table");
  assert.match(String(lines[1]), /^warn \[LanceDb:warn\] .* message=/);
});

test("log events name the skill", async t => {
  const { engine, run } = await databaseBench(t);
  const skills: unknown[] = [];
  engine.on("log", ({ skillId }) => skills.push(skillId));
  await run(good);
  assert.deepEqual(skills, ["demo"]);
});
