import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../skills/skill-tree.js";
import { benchOn, databaseBench } from "./skills.js";

const create = `
  return vulcan.lancedb.create_table({
    table_name = "t",
    columns = {
      { name = "id", column_type = "string" },
      { name = "v", column_type = "vector_float32", vector_dim = 2 },
    },
  }).success`;
const add = `return vulcan.lancedb.vector_upsert({ table_name = "t", rows = { { id = args.id, v = { 1, 2 } } } }).inserted_rows`;
const ids = `
  local found = {}
  for i, row in ipairs(vulcan.lancedb.vector_search({ table_name = "t", vector = { 1, 2 } }).data_json) do found[i] = row.id end
  return found`;

for (const [what, uriOf] of [
  ["a folder", (folder: string) => folder],
  ["a file URL", (folder: string) => `${pathToFileURL(folder).href}/`],
] as const) {
  test(`tables lie below the URI of the host, by root and skill: ${what}`, async t => {
    const storage = join(temporaryFolder(t), "with space");
    const options = { databases: { lancedbStorage: { uri: uriOf(storage), options: { unused: "x" } } } };
    const { engine, run, runtimeRoot } = await databaseBench(t, options);
    assert.deepEqual(await run(create), { value: true });
    assert.deepEqual(await run(create, {}, "second"), { value: true });
    assert.deepEqual(await run(add, { id: "mine" }), { value: 1 });
    assert.deepEqual(await run(add, { id: "other" }, "second"), { value: 1 });
    assert.deepEqual(await run(ids), { value: ["mine"] });
    assert.ok(existsSync(join(storage, "ROOT", "demo", "t.lance")));
    assert.equal(existsSync(join(runtimeRoot, "databases", "lancedb")), false);
    const uri = uriOf(storage).replace(/\/$/, "");
    assert.deepEqual(await run("return vulcan.lancedb.status().database_path"), {
      value: `${uri}/ROOT/demo`,
    });
    await engine.close();
    const again = await benchOn(t, runtimeRoot, options);
    assert.deepEqual(await again.run(ids), { value: ["mine"] });
  });
}
