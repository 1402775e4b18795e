import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { createBackends } from "#dist/databases/backends.js";
import { bindDatabase } from "#dist/databases/binding.js";
import { Databases } from "#dist/databases/databases.js";
import { resolveDatabaseOptions } from "#dist/databases/options.js";
import { type Removal, removeDatabases } from "#dist/databases/removal.js";
import { temporaryFolder } from "../skills/skill-tree.js";

const settings = { logLevel: "off", slowLogEnabled: false, slowLogThresholdMs: 0 } as const;
const nothing = {
  sqliteRemoved: false,
  sqliteRetained: false,
  lancedbRemoved: false,
  lancedbRetained: false,
  warnings: [],
};

const cases: [options: object, expected: Partial<Removal>][] = [
  [{}, { sqliteRetained: true, lancedbRetained: true }],
  [{ removeSqlite: true }, { sqliteRemoved: true, lancedbRetained: true }],
  [{ removeLancedb: true }, { sqliteRetained: true, lancedbRemoved: true }],
  [
    { removeSqlite: true, removeLancedb: true },
    { sqliteRemoved: true, lancedbRemoved: true },
  ],
];

test("data of an uninstalled skill stays unless its removal is asked for, also while it is open", async t => {
  for (const [options, expected] of cases) {
    const spaceRoot = temporaryFolder(t);
    const skill = { rootName: "ROOT", skillId: "demo", skillDir: "/skills/demo" };
    await using databases = new Databases(createBackends(resolveDatabaseOptions({})), () => {});
    const sqlite = { binding: bindDatabase("sqlite", skill, spaceRoot), settings };
    const user = { skillId: "demo", databases: { sqlite } };
    const request = { action: "execute_script", head: '{"sql":"CREATE TABLE t (x)"}' };
    await databases.perform("sqlite", user, request, new AbortController().signal);
    databases.performSync(
      "sqlite",
      user,
      { action: "query_json", head: '{"sql":"SELECT * FROM t"}' },
      undefined,
    );
    const lance = bindDatabase("lancedb", skill, spaceRoot).default_database_path;
    mkdirSync(lance, { recursive: true });
    writeFileSync(`${lance}/data`, "");
    assert.deepEqual(await removeDatabases(databases, skill, spaceRoot, options), {
      ...nothing,
      ...expected,
    });
    assert.equal(existsSync(dirname(sqlite.binding.default_database_path)), expected.sqliteRetained === true);
    assert.equal(existsSync(lance), expected.lancedbRetained === true);
  }
});

test("what was never there is neither removed nor retained when its removal is asked for", async t => {
  await using databases = new Databases(createBackends(resolveDatabaseOptions({})), () => {});
  const skill = { rootName: "ROOT", skillId: "demo", skillDir: "/skills/demo" };
  const removal = await removeDatabases(databases, skill, temporaryFolder(t), {
    removeSqlite: true,
    removeLancedb: true,
  });
  assert.deepEqual(removal, nothing);
});
