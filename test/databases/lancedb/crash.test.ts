import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { connect } from "@lancedb/lancedb";
import { column, lanceBench, range, vectorColumn } from "./bench.js";
import { startProgram } from "./processes.js";

const columns = [column("id", "int64"), column("round", "int64"), vectorColumn("v", 2)];
const batch = 50;

test("a process that is killed while it writes leaves whole batches, and what it had reported", async t => {
  const bench = lanceBench(t);
  for (const table_name of ["log", "state"]) await bench.run("create_table", { table_name, columns });
  let next = 0;
  for (const attempt of range(6)) {
    const writer = startProgram(t, "endless-writer.mjs", bench.location.uri, `${next}`);
    await writer.printed(3 + 2 * attempt);
    await new Promise(resolve => setTimeout(resolve, Math.random() * 20));
    writer.child.kill("SIGKILL");
    const { stdout, stderr, signal } = await writer.ended;
    assert.deepEqual({ stderr, signal }, { stderr: "", signal: "SIGKILL" });
    const reported = Number(stdout.trimEnd().split("\n").at(-1));

    const connection = await connect(bench.folder);
    const rounds = new Map<number, number>();
    for (const { round } of await (await connection.openTable("log")).query().select(["round"]).toArray()) {
      rounds.set(Number(round), (rounds.get(Number(round)) ?? 0) + 1);
    }
    const last = Math.max(...rounds.keys());
    assert.ok(last === reported || last === reported + 1);
    assert.deepEqual(
      [...rounds].sort(([a], [b]) => a - b),
      range(last + 1).map(round => [round, batch]),
    );
    const state = await (await connection.openTable("state")).query().toArray();
    assert.deepEqual(
      state.map(({ id }) => Number(id)).sort((a, b) => a - b),
      range(batch),
    );
    const [stateRound, ...others] = new Set(state.map(({ round }) => Number(round)));
    assert.deepEqual(others, []);
    assert.ok(stateRound === reported || stateRound === last);
    next = last + 1;
  }
  const { meta } = await bench.run("delete", { table_name: "log", condition: "round >= 0" });
  assert.equal(meta.deleted_rows, next * batch);
});

test("what is left of a table whose creation was cut off is no table, and makes room for one", async t => {
  const bench = lanceBench(t);
  mkdirSync(`${bench.folder}/t.lance/data`, { recursive: true });
  writeFileSync(`${bench.folder}/t.lance/data/x.lance`, "half a file");
  const missing = (action: string) => `lancedb.${action}: table 't' was not found`;
  assert.equal(
    await bench.fails("vector_search", { table_name: "t", vector: [1, 2] }),
    missing("vector_search"),
  );
  assert.equal(await bench.fails("vector_upsert", { table_name: "t" }, "[]"), missing("vector_upsert"));
  await bench.run("create_table", { table_name: "t", columns });
  await bench.run("vector_upsert", { table_name: "t" }, '[{"id":1,"v":[1,2]}]');
  assert.equal((await bench.search({ table_name: "t", vector: [1, 2] })).rows.length, 1);
});
