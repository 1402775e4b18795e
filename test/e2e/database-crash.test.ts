import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bothEnabled } from "../databases/skills.js";
import { createEngine, manifest, repository, temporaryFolder, writeSkill } from "../skills/skill-tree.js";

const rounds = 50;
const rowsPerBatch = 500;

const prepare = `
  return function()
    vulcan.sqlite.execute_script({ sql = "CREATE TABLE entries (batch INTEGER, n INTEGER, text TEXT)" })
    vulcan.lancedb.create_table({
      table_name = "entries",
      columns = {
        { name = "batch", column_type = "int64" },
        { name = "embedding", column_type = "vector_float32", vector_dim = 4 },
      },
    })
    return "ok"
  end`;

const write = `
  return function(args)
    local rows = {}
    for n = 1, ${rowsPerBatch} do
      rows[n] = args.kind == "sqlite" and { args.batch, n, ("text "):rep(20) }
        or { batch = args.batch, embedding = { n, args.batch, 0, 1 } }
    end
    if args.kind == "sqlite" then
      vulcan.sqlite.execute_batch({ sql = "INSERT INTO entries VALUES (?, ?, ?)", items = rows })
    else
      vulcan.lancedb.vector_upsert({ table_name = "entries", rows = rows })
    end
    return "ok"
  end`;

/** Batches by number of rows, and what SQLite says about its file. */
const read = `
  return function()
    local counts = {}
    for _, row in ipairs(vulcan.sqlite.query_json({ sql = "SELECT batch, count(*) AS n FROM entries GROUP BY batch" }).rows) do
      counts[#counts + 1] = { "sqlite", row.batch, row.n }
    end
    local found = vulcan.lancedb.vector_search({ table_name = "entries", vector = { 0, 0, 0, 1 }, limit = 10000, filter = "batch >= 0" })
    local lance = {}
    for _, row in ipairs(found.data_json) do
      lance[row.batch] = (lance[row.batch] or 0) + 1
    end
    for batch, n in pairs(lance) do
      counts[#counts + 1] = { "lancedb", batch, n }
    end
    vulcan.lancedb.delete({ table_name = "entries", condition = "batch >= 0" })
    local check = vulcan.sqlite.query_json({ sql = "PRAGMA integrity_check" }).rows[1].integrity_check
    return vulcan.json.encode({ counts = counts, check = check })
  end`;

/** Kills a writer some time after its first batch of each kind. @returns the batches that it reported, as `kind batch` */
async function killedWriter(skillsDir: string, first: number, afterMs: number): Promise<Set<string>> {
  const program = join(repository, "test", "fixtures", "databases", "batches.mjs");
  const child: ChildProcess = spawn(process.execPath, [program, skillsDir, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const done = new Set<string>();
  const kinds = new Set<string>();
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const exit = once(child, "exit");
  const bothBegan = new Promise<void>(resolve => {
    lines.on("line", line => {
      done.add(line);
      if (kinds.add(line.split(" ")[0] as string).size === 2) resolve();
    });
  });
  await Promise.race([bothBegan, exit]);
  await sleep(afterMs);
  child.kill("SIGKILL");
  const [code, signal] = await exit;
  assert.deepEqual([code, signal], [null, "SIGKILL"]);
  if (!lines.terminal) await Promise.race([once(lines, "close"), sleep(1000)]);
  return done;
}

test(`after kill -9 in the middle of batches, ${rounds} times, every committed batch is whole and none is half there`, async t => {
  const skillsDir = join(temporaryFolder(t), "skills");
  writeSkill(skillsDir, "ledger", {
    "skill.yaml": manifest(["prepare", "write", "read"], bothEnabled),
    "runtime/prepare.lua": prepare,
    "runtime/write.lua": write,
    "runtime/read.lua": read,
  });
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir }]);
  await engine.call("ledger-prepare");
  const committed = new Set<string>();
  let next = 0;
  for (let round = 0; round < rounds; round++) {
    const reported = await killedWriter(skillsDir, next, (round * 7) % 40);
    const { counts, check } = JSON.parse((await engine.call("ledger-read")).content);
    assert.equal(check, "ok");
    const found = new Set<string>();
    for (const [kind, batch, rows] of counts) {
      assert.equal(rows, rowsPerBatch, `round ${round}: ${kind} batch ${batch} is half there`);
      found.add(`${kind} ${batch}`);
      next = Math.max(next, batch + 1);
    }
    for (const batch of reported) {
      assert.ok(found.has(batch), `round ${round}: ${batch} was committed and is lost`);
      committed.add(batch);
    }
  }
  assert.ok(committed.size >= 2 * rounds);
});
