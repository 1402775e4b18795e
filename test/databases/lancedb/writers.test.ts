import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { connect } from "@lancedb/lancedb";
import { column, type LanceBench, lanceBench, newDatabases, range, split, vectorColumn } from "./bench.js";
import { startProgram } from "./processes.js";

const columns = [column("id", "string", { nullable: false }), vectorColumn("v", 1)];

async function countRows(bench: LanceBench, table: string): Promise<number> {
  return (await (await connect(bench.folder)).openTable(table)).countRows();
}

/** As if each were the thread of another engine. */
function severalWriters(t: TestContext, { location }: LanceBench, count: number) {
  return range(count).map(() => {
    const databases = newDatabases(t);
    return async (action: string, input: object, payload?: string) =>
      split(
        await databases.perform(location, {
          action,
          head: JSON.stringify(input),
          ...(payload !== undefined && { payload }),
        }),
      ).meta;
  });
}

function outcomes(settled: PromiseSettledResult<unknown>[]): string[] {
  return settled.map(outcome => (outcome.status === "fulfilled" ? "done" : outcome.reason.message)).sort();
}

test("several processes append and merge at once: nothing is lost, no key is there twice", async t => {
  const bench = lanceBench(t);
  for (const table_name of ["log", "seen"]) await bench.run("create_table", { table_name, columns });
  const rounds = 40;
  const writers = ["a", "b", "c"].map(name =>
    startProgram(t, "writer.mjs", bench.location.uri, name, `${rounds}`),
  );
  await Promise.all(writers.map(writer => writer.printed(1)));
  for (const { child } of writers) child.stdin.write("go\n");
  for (const { ended } of writers) {
    assert.deepEqual(await ended, { stdout: "ready\n0 failures\n", stderr: "", code: 0, signal: null });
  }
  assert.equal(await countRows(bench, "log"), 3 * 2 * rounds);
  assert.equal(await countRows(bench, "seen"), rounds);
});

test("of several that make the same table at once, one does, and the others learn that it exists", async t => {
  const bench = lanceBench(t);
  for (const round of range(5)) {
    const table_name = `t${round}`;
    const settled = await Promise.allSettled(
      severalWriters(t, bench, 4).map((write, index) =>
        write("create_table", { table_name, columns: [column(`c${index}`, "string")] }),
      ),
    );
    const exists = `lancedb.create_table: table '${table_name}' already exists`;
    assert.deepEqual(outcomes(settled), ["done", exists, exists, exists]);
  }
});

test("several that replace a table at once all succeed, one after the other", async t => {
  const bench = lanceBench(t);
  const settled = await Promise.allSettled(
    severalWriters(t, bench, 6).map(write =>
      write("create_table", { table_name: "t", columns, overwrite_if_exists: true }),
    ),
  );
  assert.deepEqual(outcomes(settled), new Array(6).fill("done"));
});

test("of several that drop a table at once, one does", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", { table_name: "t", columns });
  const settled = await Promise.allSettled(
    severalWriters(t, bench, 3).map(write => write("drop_table", { table_name: "t" })),
  );
  const missing = "lancedb.drop_table: table 't' was not found";
  assert.deepEqual(outcomes(settled), ["done", missing, missing]);
});

test("writers are not disturbed by one who replaces the table again and again", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", { table_name: "t", columns });
  const [replace, append, merge, remove] = severalWriters(t, bench, 4);
  assert.ok(replace && append && merge && remove);
  const rounds = range(30);
  const repeat = async (run: (round: number) => Promise<unknown>) => {
    for (const round of rounds) await run(round);
  };
  await Promise.all([
    repeat(() => replace("create_table", { table_name: "t", columns, overwrite_if_exists: true })),
    repeat(round => append("vector_upsert", { table_name: "t" }, `[{"id":"a${round}","v":[0]}]`)),
    repeat(round =>
      merge("vector_upsert", { table_name: "t", key_columns: ["id"] }, `[{"id":"m${round}","v":[0]}]`),
    ),
    repeat(round => remove("delete", { table_name: "t", condition: `id = 'a${round}'` })),
  ]);
});

test("a writer whose table became another one in the meantime writes by the new columns or not at all", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", { table_name: "t", columns });
  const [other] = severalWriters(t, bench, 1);
  assert.ok(other);
  await bench.run("vector_upsert", { table_name: "t" }, '[{"id":"a","v":[1]}]');
  const wider = [column("id", "string"), column("more", "bool"), vectorColumn("v", 2)];
  await other("create_table", { table_name: "t", columns: wider, overwrite_if_exists: true });
  assert.equal(
    await bench.fails("vector_upsert", { table_name: "t" }, '[{"id":"b","v":[1]}]'),
    "lancedb.vector_upsert: rows[0].v must have 2 numbers, got 1",
  );
  await bench.run("vector_upsert", { table_name: "t" }, '[{"id":"b","more":true,"v":[1,2]}]');
  const { rows } = await bench.search({ table_name: "t", vector: [1, 2] });
  assert.deepEqual(rows, [{ id: "b", more: true, v: [1, 2], _distance: 0 }]);

  await other("drop_table", { table_name: "t" });
  assert.equal(
    await bench.fails("vector_upsert", { table_name: "t" }, "[]"),
    "lancedb.vector_upsert: table 't' was not found",
  );
  await other("create_table", { table_name: "t", columns });
  await other("vector_upsert", { table_name: "t" }, '[{"id":"c","v":[7]}]');
  assert.deepEqual((await bench.search({ table_name: "t", vector: [7] })).rows, [
    { id: "c", v: [7], _distance: 0 },
  ]);
});

test("what another process has written is there at the next search", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", { table_name: "t", columns });
  const [other] = severalWriters(t, bench, 1);
  assert.ok(other);
  for (const round of range(10)) {
    await other("vector_upsert", { table_name: "t" }, `[{"id":"${round}","v":[${round}]}]`);
    assert.equal((await bench.search({ table_name: "t", vector: [0], limit: 100 })).rows.length, round + 1);
  }
});
