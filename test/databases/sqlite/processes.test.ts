import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { skillDatabase } from "./skill-database.js";

/** Adds words and documents of its own, one request each. */
const writer = `
  import { SqliteDatabases } from ${JSON.stringify(import.meta.resolve("#dist/databases/sqlite/databases.js"))};
  const [file, name, count] = process.argv.slice(1);
  const databases = new SqliteDatabases();
  const perform = (action, input) =>
    databases.perform(file, { action, head: JSON.stringify(input) }, { token: 1, timeoutMs: 0 });
  for (let i = 0; i < Number(count); i++) {
    const id = name + i;
    perform("upsert_custom_word", { word: "词·" + id });
    const document = { index_name: "docs", id, file_path: "/" + id, content: "见词·" + id + "了", mode: "jieba" };
    perform("upsert_fts_document", document);
  }
  databases[Symbol.dispose]();`;

test("processes that write to the same index and dictionary lose nothing", async t => {
  const { file, call } = skillDatabase(t);
  const names = ["left", "right"];
  const ends = await Promise.all(
    names.map(async name => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", writer, file, name, "60"], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let errors = "";
      child.stderr.on("data", data => {
        errors += data;
      });
      const [code] = await once(child, "close");
      return { code, errors };
    }),
  );
  assert.deepEqual(ends, [
    { code: 0, errors: "" },
    { code: 0, errors: "" },
  ]);
  assert.equal(call("list_custom_words").total, 120);
  for (const name of names) {
    for (let i = 0; i < 60; i++) {
      const query = `词·${name}${i}`;
      const { hits } = call("search_fts", { index_name: "docs", query, mode: "jieba", limit: 1 });
      assert.deepEqual((hits as { id: string }[])[0]?.id, `${name}${i}`);
    }
  }
});
