// The published package: what the tarball holds, and that it works where nothing can be compiled.

import assert from "node:assert/strict";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { repository } from "../skills/skill-tree.js";
import { PackedPackage } from "./installation.js";

// As prebuildify names it on this platform.
const prebuild = `prebuilds/${process.platform}-${process.arch}/luaskills${process.platform === "linux" ? ".glibc" : ""}.node`;
let packed: PackedPackage;
let bare: Promise<string> | undefined;

before(async () => {
  packed = await PackedPackage.make();
});

after(() => packed[Symbol.asyncDispose]());

test("the tarball holds types, licences, prebuilds and everything a build from source needs", () => {
  for (const path of [
    "LICENSE",
    "THIRD-PARTY-NOTICES.md",
    "CHANGELOG.md",
    "README.md",
    "binding.gyp",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/vm/index.js",
    "dist/vm/index.d.ts",
    "dist/cli/main.js",
    "dist/studio/page/index.html",
    "dist/studio/page/page.js",
    "schemas/skill.schema.json",
    "schemas/dependencies.schema.json",
    "types/vulcan.lua",
    "types/skill-tests.lua",
    "templates/minimal/skill.yaml",
    "templates/minimal/gitignore",
    "templates/tool/tests/fixtures/project/readme.md",
    "dist/toolkit/testing/suite.lua",
    "dist/toolkit/checking/globals.lua",
    "native/luajit.lock.json",
    "native/sources.gypi",
    "native/core/vm.cc",
    "native/node/addon.cc",
    "native/vendor/luajit/COPYRIGHT",
    "native/vendor/luajit/.relver",
    "native/vendor/luajit/src/Makefile",
    "native/vendor/luajit/src/lj_obj.h",
    "native/vendor/luajit/src/vm_arm64.dasc",
    "scripts/build-luajit.mjs",
    prebuild,
  ]) {
    assert.ok(packed.files.includes(path), `${path} is missing`);
  }
});

test("the tarball holds no tests, no build output and no development files", () => {
  const unwanted = packed.files.filter(path =>
    /^(test|src|build|node_modules|docs|examples|\.)|^native\/(test|build)\/|\.(o|a|tgz|log)$/.test(path),
  );
  assert.deepEqual(unwanted, []);
});

for (const [title, options] of [
  ["with install scripts disabled", ["--ignore-scripts"]],
  ["with install scripts enabled", []],
] as const) {
  test(`without a compiler, ${title}, the package installs, runs Lua and calls a skill`, async () => {
    const project = await packed.install(`project${options.join("")}`, ...options);
    const program =
      'import { LuaVm } from "luaskills/vm"; console.log(new LuaVm().evalSync("return 1 + 1"));';
    await writeFile(join(project, "sum.js"), program);
    assert.equal((await packed.run("node", ["sum.js"], project)).stdout, "2\n");

    await cp(join(repository, "examples/skills"), join(project, "skills"), { recursive: true });
    await writeFile(join(project, "people.csv"), "name,age\nAda,36\nGrace,85\n");
    const call = ["call", "csv-stats", "--arg", "path=people.csv", "--root", "EXAMPLES=skills", "--json"];
    const { stdout } = await packed.run("npx", ["--no-install", "luaskills", ...call], project);
    const result = JSON.parse(stdout) as { content: string };
    assert.match(result.content, /age/);
    assert.match(result.content, /60\.5/);
  });
}

/** Once: a project without any of the optional packages. */
function installBare(): Promise<string> {
  bare ??= packed.install("bare");
  return bare;
}

async function doctor(project: string): Promise<{ [part: string]: string }> {
  const { stdout } = await packed.run("npx", ["--no-install", "luaskills", "doctor", "--json"], project);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]));
}

test("without the optional packages doctor finds the addon of the package and names what is missing", async () => {
  assert.deepEqual(await doctor(await installBare()), {
    "Node.js": "ok",
    addon: "ok",
    "better-sqlite3": "missing",
    "@node-rs/jieba": "missing",
    "@lancedb/lancedb": "missing",
    "apache-arrow": "missing",
  });
});

const stateful = {
  "skill.yaml": `name: Stateful
version: 1.0.0
sqlite: { enable: true }
lancedb: { enable: true }
entries:
  - { name: status, description: What there is., lua_entry: runtime/status.lua, lua_module: stateful_status }
`,
  "runtime/status.lua": `return function()
  local _, sqlite = pcall(vulcan.sqlite.query_json, { sql = "SELECT 1 AS one" })
  local _, lancedb = pcall(vulcan.lancedb.drop_table, { table_name = "none" })
  return vulcan.json.encode({
    statuses = { sqlite = vulcan.sqlite.status(), lancedb = vulcan.lancedb.status() },
    answers = { sqlite = sqlite, lancedb = lancedb },
  })
end`,
};

/** Calls a skill that has both kinds of database. */
async function callStateful(project: string) {
  for (const [path, text] of Object.entries(stateful)) {
    const file = join(project, "skills/stateful", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const call = ["luaskills", "call", "stateful-status", "--root", "ROOT=skills"];
  const { stdout } = await packed.run("npx", ["--no-install", ...call], project);
  return JSON.parse(stdout) as {
    statuses: { [kind: string]: { enabled: boolean; reason?: string } };
    answers: { [kind: string]: unknown };
  };
}

test("without the optional packages a skill with databases loads, and is told what to install", async () => {
  const { statuses, answers } = await callStateful(await installBare());
  for (const [kind, name] of [
    ["sqlite", "better-sqlite3"],
    ["lancedb", "@lancedb/lancedb"],
  ] as const) {
    const { enabled, reason = "" } = statuses[kind] ?? { enabled: true };
    assert.equal(enabled, false);
    assert.match(reason, new RegExp(`${name}.* not installed.*: npm install .*${name}`));
    assert.ok(String(answers[kind]).includes(reason), String(answers[kind]));
  }
});

// better-sqlite3 13 is for Node 22 and newer, and brings its binaries along.
if (Number(process.versions.node.split(".", 1)[0]) >= 22) {
  test("better-sqlite3 13 of the host serves as well, without a compiler", async () => {
    const project = await packed.install("with-sqlite-13", "better-sqlite3@13");
    assert.equal((await doctor(project))["better-sqlite3"], "ok");
    const { statuses, answers } = await callStateful(project);
    assert.equal(statuses.sqlite?.enabled, true);
    assert.deepEqual((answers.sqlite as { rows: unknown[] }).rows, [{ one: 1 }]);
  });
}
