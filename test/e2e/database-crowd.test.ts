import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { bothEnabled } from "../databases/skills.js";
import { createEngine, manifest, repository, temporaryFolder, writeSkill } from "../skills/skill-tree.js";

const skills = 16;
const operations = 200;
const processes = 2;
const callsAtOnce = 4;

/** A mix of operations; each tenth is on LanceDB, and nothing is written twice. */
const work = `
  return function(args)
    local sqlite, key = vulcan.sqlite, args.writer .. "-" .. args.i
    if args.i % 10 == 9 then
      vulcan.lancedb.vector_upsert({
        table_name = "vectors",
        key_columns = { "id" },
        rows = { { id = key, embedding = { args.i, 1 } } },
      })
    elseif args.i % 10 == 8 then
      sqlite.upsert_fts_document({ index_name = "docs", id = key, file_path = key, content = "word " .. key })
    elseif args.i % 10 == 7 then
      local before = sqlite.query_json({ sql = "SELECT count(*) AS n FROM log" }).rows[1].n
      assert(sqlite.search_fts({ index_name = "docs", query = "word" }).total <= 2 * ${operations})
      sqlite.execute_script({ sql = "UPDATE counter SET n = n + 1" })
      assert(sqlite.query_json({ sql = "SELECT count(*) AS n FROM log" }).rows[1].n >= before)
    elseif args.i % 10 == 6 then
      sqlite.execute_batch({ sql = "INSERT INTO log VALUES (?, ?)", items = { { key, 1 }, { key, 2 } } })
    else
      sqlite.execute_script({ sql = "INSERT INTO log VALUES (?, 0)", params = { key } })
    end
    return "ok"
  end`;

const prepare = `
  return function()
    vulcan.sqlite.execute_script({
      sql = "CREATE TABLE log (key TEXT, part INTEGER); CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0)",
    })
    vulcan.sqlite.ensure_fts_index({ index_name = "docs" })
    vulcan.lancedb.create_table({
      table_name = "vectors",
      columns = {
        { name = "id", column_type = "string", nullable = false },
        { name = "embedding", column_type = "vector_float32", vector_dim = 2 },
      },
    })
    return "ok"
  end`;

const count = `
  return function()
    local one = function(sql) return vulcan.sqlite.query_json({ sql = sql }).rows[1].n end
    return vulcan.json.encode({
      one("SELECT count(*) AS n FROM log"),
      one("SELECT count(DISTINCT key || part) AS n FROM log"),
      one("SELECT n FROM counter"),
      one("SELECT count(*) AS n FROM docs"),
      vulcan.lancedb.vector_search({ table_name = "vectors", vector = { 0, 1 }, limit = 10000 }).rows,
    })
  end`;

test(`${skills} skills with ${operations} operations each in ${processes} processes lose nothing and end`, async t => {
  const skillsDir = join(temporaryFolder(t), "skills");
  for (let i = 0; i < skills; i++) {
    writeSkill(skillsDir, `skill-${i}`, {
      "skill.yaml": manifest(["prepare", "work", "count"], bothEnabled),
      "runtime/prepare.lua": prepare,
      "runtime/work.lua": work,
      "runtime/count.lua": count,
    });
  }
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir }]);
  const ids = Array.from({ length: skills }, (_, i) => `skill-${i}`);
  await Promise.all(ids.map(id => engine.call(`${id}-prepare`)));

  const program = join(repository, "test", "fixtures", "databases", "crowd.mjs");
  const run = async (writer: string) => {
    const args = [program, skillsDir, writer, String(operations), String(callsAtOnce)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    assert.deepEqual(await once(child, "exit"), [0, null]);
  };
  await Promise.all(["a", "b"].map(run));

  const each = (processes * operations) / 10;
  for (const id of ids) {
    const counts = JSON.parse((await engine.call(`${id}-count`)).content);
    assert.deepEqual(counts, [8 * each, 8 * each, each, each, each], id);
  }
});
