import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import { connect } from "@lancedb/lancedb";
import { temporaryFolder } from "../../skills/skill-tree.js";
import { column, isThere, lanceBench, newDatabases, range, vectorColumn } from "./bench.js";

const table = { table_name: "t", columns: [column("id", "int64"), vectorColumn("v", 1)] };
const rows = '[{"id":1,"v":[1]}]';

function head(input: object): string {
  return JSON.stringify(input);
}

test("more locations than stay open are served, each with its own tables", async t => {
  const databases = newDatabases(t);
  const folder = temporaryFolder(t);
  const locations = range(40).map(index => ({ uri: `${folder}/skill${index}` }));
  for (const round of range(2)) {
    for (const [index, location] of locations.entries()) {
      if (round === 0) await databases.perform(location, { action: "create_table", head: head(table) });
      const payload = `[{"id":${index},"v":[0]}]`;
      await databases.perform(location, {
        action: "vector_upsert",
        head: head({ table_name: "t" }),
        payload,
      });
    }
  }
  await Promise.all(
    locations.map(async (location, index) => {
      const request = { action: "vector_search", head: head({ table_name: "t", vector: [0] }) };
      const answer = await databases.perform(location, request);
      const found = JSON.parse(String(Buffer.from(answer)).split("\n")[1] as string) as { id: number }[];
      assert.deepEqual(
        found.map(({ id }) => id),
        [index, index],
      );
    }),
  );
});

test("a released location has no open files left to remove, and opens again at its next use", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  const writing = bench.run("vector_upsert", { table_name: "t" }, rows);
  await bench.databases.release(bench.location.uri);
  assert.equal((await writing).meta.inserted_rows, 1);
  rmSync(bench.folder, { recursive: true });
  assert.equal(
    await bench.fails("vector_search", { table_name: "t", vector: [1] }),
    "lancedb.vector_search: table 't' was not found",
  );
  assert.equal(isThere(bench.folder), false);
  await bench.run("create_table", table);
  await bench.run("vector_upsert", { table_name: "t" }, rows);
  assert.equal((await bench.search({ table_name: "t", vector: [1] })).rows.length, 1);
  await bench.databases.release("/never/used");
});

test("a folder that was removed while it was open is made again by the next table", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  rmSync(bench.folder, { recursive: true });
  assert.equal(
    await bench.fails("vector_upsert", { table_name: "t" }, rows),
    "lancedb.vector_upsert: table 't' was not found",
  );
  await bench.run("create_table", table);
  assert.equal((await bench.run("vector_upsert", { table_name: "t" }, rows)).meta.version, 2);
});

test("closing lets what runs end, and refuses what comes after", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  const running = range(5).map(() => bench.run("vector_upsert", { table_name: "t" }, rows));
  await bench.databases[Symbol.asyncDispose]();
  assert.deepEqual(
    (await Promise.all(running)).map(({ meta }) => meta.inserted_rows),
    [1, 1, 1, 1, 1],
  );
  assert.equal(
    await bench.fails("vector_upsert", { table_name: "t" }, rows),
    "lancedb.vector_upsert: the databases are closed",
  );
  await bench.databases[Symbol.asyncDispose]();
});

test("a call that has ended begins no further step, at whatever step it ends", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  const perform = (action: string, input: object, signal: AbortSignal, payload?: string) =>
    bench.databases.perform(
      bench.location,
      { action, head: head({ table_name: "t", ...input }), ...(payload && { payload }) },
      signal,
    );
  const ended = (action: string) => ({ message: `lancedb.${action}: the call has ended` });
  const over = AbortSignal.abort();
  await assert.rejects(perform("vector_upsert", {}, over, rows), ended("vector_upsert"));
  await assert.rejects(perform("delete", { condition: "true" }, over), ended("delete"));
  await assert.rejects(perform("vector_search", { vector: [1] }, over), ended("vector_search"));
  await assert.rejects(perform("drop_table", {}, over), ended("drop_table"));
  await assert.rejects(
    perform("create_table", { columns: table.columns, overwrite_if_exists: true }, over),
    ended("create_table"),
  );

  let written = 0;
  for (const input of [{}, { key_columns: ["id"] }]) {
    for (const steps of range(25)) {
      const controller = new AbortController();
      const outcome = perform(
        "vector_upsert",
        input,
        controller.signal,
        `[{"id":${1000 * written + steps},"v":[1]}]`,
      );
      for (const _ of range(steps)) await new Promise(setImmediate);
      controller.abort();
      await outcome.then(
        () => {
          written += 1;
        },
        error => assert.equal(error.message, ended("vector_upsert").message),
      );
    }
  }
  const opened = await (await connect(bench.folder)).openTable("t");
  assert.equal(await opened.countRows(), written);
});

test("a table that is written in single rows stays in few pieces", async t => {
  const bench = lanceBench(t, undefined, { upkeepChance: 1 / 4 });
  await bench.run("create_table", table);
  for (const id of range(200)) {
    const input = { table_name: "t", key_columns: id % 2 === 0 ? ["id"] : [] };
    await bench.run("vector_upsert", input, `[{"id":${id},"v":[${id}]}]`);
  }
  const opened = await (await connect(bench.folder)).openTable("t");
  const { numRows, fragmentStats } = await opened.stats();
  assert.equal(numRows, 200);
  assert.ok(fragmentStats.numFragments < 150, `${fragmentStats.numFragments} pieces`);
  assert.equal((await bench.search({ table_name: "t", vector: [199], limit: 1 })).rows[0]?.id, 199);
});

test("a location that cannot be is refused with the reason", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(`${folder}/file`, "");
  const create = (uri: string) =>
    newDatabases(t).perform({ uri }, { action: "create_table", head: head(table) });
  await assert.rejects(create(`${folder}/file/below`), {
    message: /^lancedb\.create_table: ENOTDIR: /,
  });
  await assert.rejects(create("nonsense://bucket/x"), {
    message: /^lancedb\.create_table: No object store provider found for scheme: 'nonsense'/,
  });
  await assert.rejects(
    newDatabases(t).perform(
      { uri: `${folder}/file` },
      { action: "drop_table", head: head({ table_name: "t" }) },
    ),
    { message: "lancedb.drop_table: table 't' was not found" },
  );
});

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

test("object storage gets its options, and its failure is one short line without them", async t => {
  const storageOptions = {
    endpoint: `http://127.0.0.1:${await closedPort()}`,
    aws_access_key_id: "key-id",
    aws_secret_access_key: "very-secret",
    region: "us-east-1",
    allow_http: "true",
    client_max_retries: "0",
  };
  const databases = newDatabases(t);
  const location = { uri: "s3://bucket/skills", storageOptions };
  for (const request of [
    { action: "create_table", head: head(table) },
    { action: "vector_search", head: head({ table_name: "t", vector: [1] }) },
  ]) {
    await assert.rejects(databases.perform(location, request), (error: Error) => {
      assert.match(error.message, new RegExp(`^lancedb\\.${request.action}: .*Connection refused`));
      assert.ok(error.message.length < 300);
      assert.doesNotMatch(error.message, /very-secret|\.rs|\{/);
      return true;
    });
  }
});

test("an action that LanceDB does not have is refused", async t => {
  const { fails } = lanceBench(t);
  assert.equal(await fails("query_json", {}), "lancedb.query_json: LanceDB has no action query_json");
  assert.equal(await fails("constructor", {}), "lancedb.constructor: LanceDB has no action constructor");
});
