// luaskills doctor, in installations that lack something: copies of the package in temporary projects.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { repository, temporaryFolder, writeSkills } from "../skills/skill-tree.js";

interface Outcome {
  code: number;
  out: string;
  err: string;
}

interface Part {
  name: string;
  status: string;
  version: string | null;
  detail: string;
  remedy: string | null;
}

const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  version: string;
  dependencies: { [name: string]: string };
  optionalDependencies: { [name: string]: string };
};
/** In the order of the report. */
const optional = ["better-sqlite3", "@node-rs/jieba", "@lancedb/lancedb", "apache-arrow"];
const specs = optional.map(name => `"${name}@${manifest.optionalDependencies[name]}"`);

function luaskills(folder: string, args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [join(folder, "dist/cli/main.js"), ...args],
      (_error, out, err) => {
        resolve({ code: child.exitCode ?? -1, out, err });
      },
    );
  });
}

async function doctor(folder: string) {
  const { code, out } = await luaskills(folder, ["doctor", "--json"]);
  const report = JSON.parse(out) as { ok: boolean; checks: Part[]; remedies: string[] };
  const part = (name: string) => report.checks.find(check => check.name === name) as Part;
  return { code, ...report, part };
}

/** A project that has the package installed with its dependencies and, of the optional packages, the named ones. */
function install(t: TestContext, packages: string[] = []): string {
  const project = temporaryFolder(t);
  writeFileSync(join(project, "package.json"), '{ "name": "project", "private": true }');
  const folder = join(project, "node_modules/luaskills");
  for (const part of ["package.json", "dist", "build/Release/luaskills.node"]) {
    cpSync(join(repository, part), join(folder, part), { recursive: true });
  }
  for (const name of [...Object.keys(manifest.dependencies), ...packages]) {
    const place = join(project, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(repository, "node_modules", name), place, "junction");
  }
  return folder;
}

/** A package beside the installed one. */
function addPackage(installed: string, name: string, contents: { [key: string]: unknown }, program: string) {
  const folder = join(dirname(installed), name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "1.2.3", ...contents }));
  writeFileSync(join(folder, "index.js"), program);
}

test("every optional dependency is looked at", () => {
  assert.deepEqual([...optional].sort(), Object.keys(manifest.optionalDependencies).sort());
});

test("where everything is installed every part is ok", async () => {
  const { code, ok, checks, remedies } = await doctor(repository);
  assert.deepEqual(
    checks.map(({ name, status }) => [name, status]),
    ["Node.js", "addon", ...optional].map(name => [name, "ok"]),
  );
  assert.deepEqual({ code, ok, remedies }, { code: 0, ok: true, remedies: [] });
});

test("the report names versions, and what LuaJIT and SQLite those are", async () => {
  const { part } = await doctor(repository);
  assert.equal(part("Node.js").version, process.versions.node);
  assert.match(part("addon").detail, /^LuaJIT 2\.1\S+, JIT on, (build|prebuilds)\S+\.node$/);
  assert.match(part("better-sqlite3").detail, /^SQLite 3\.\d+/);
  const installed = readFileSync(join(repository, "node_modules/apache-arrow/package.json"), "utf8");
  assert.equal(part("apache-arrow").version, JSON.parse(installed).version);
});

test("roots are looked at: what loads, what does not, and what cannot be written", async t => {
  const project = temporaryFolder(t);
  writeSkills(join(project, "skills"), { good: "return function() end", bad: "x x" });
  mkdirSync(join(project, "config"));
  writeFileSync(join(project, "config/skill_config.json"), "{");
  const { code, out } = await luaskills(repository, [
    "doctor",
    "--json",
    "--root",
    `R=${join(project, "skills")}`,
  ]);
  const { checks, remedies } = JSON.parse(out) as { checks: Part[]; remedies: string[] };
  const about = (name: string) => checks.find(check => check.name === name);
  assert.equal(about("root R")?.detail, `1 of 2 skills load, ${join(project, "skills")}`);
  assert.match(about("skill bad")?.detail ?? "", /^entry run: /);
  assert.match(about("settings")?.detail ?? "", /failed to parse skill config file/);
  assert.deepEqual(remedies, [`luaskills check ${JSON.stringify(join(project, "skills/bad"))}`]);
  assert.equal(code, 1);
});

test("roots in different folders have no place for settings, which is no failure", async t => {
  const roots = ["A", "B"].flatMap(name => {
    const folder = join(temporaryFolder(t), "skills");
    mkdirSync(folder);
    return ["--root", `${name}=${folder}`];
  });
  const { code, out } = await luaskills(repository, ["doctor", "--json", ...roots]);
  const { checks } = JSON.parse(out) as { checks: Part[] };
  assert.equal(checks.at(-1)?.name, "settings");
  assert.equal(checks.at(-1)?.status, "unavailable");
  assert.equal(code, 0);
});

test("packages that are missing are no failure, and one command installs them all", async t => {
  const { code, ok, part, remedies } = await doctor(install(t));
  assert.deepEqual({ code, ok }, { code: 0, ok: true });
  assert.deepEqual(
    optional.map(name => part(name).status),
    ["missing", "missing", "missing", "missing"],
  );
  assert.equal(part("better-sqlite3").remedy, `npm install ${specs[0]}`);
  assert.deepEqual(remedies, [`npm install ${specs.join(" ")}`]);
});

test("the table is for people", async t => {
  const { code, out, err } = await luaskills(install(t, ["better-sqlite3"]), ["doctor"]);
  assert.equal(err, "");
  assert.match(out, new RegExp(`^luaskills ${manifest.version}, Node.js ${process.versions.node}, `));
  assert.match(out, /^PART +STATUS +VERSION +NEEDED BY +DETAIL$/m);
  assert.match(out, /^better-sqlite3 +ok +\S+ +vulcan\.sqlite +SQLite 3/m);
  assert.match(out, /^apache-arrow +missing +\S.* +not installed$/m);
  assert.ok(out.endsWith(`\nWhat helps:\n  npm install ${specs.slice(1).join(" ")}\n`), out);
  assert.equal(code, 0);
});

test("beside a global installation the command is for global packages", async t => {
  const folder = install(t);
  rmSync(join(folder, "../../package.json"));
  const { remedies } = await doctor(folder);
  assert.deepEqual(remedies, [`npm install --global ${specs.join(" ")}`]);
});

test("a better-sqlite3 whose binary is not there is broken, and npm rebuilds it", async t => {
  const folder = install(t);
  for (const part of ["package.json", "lib/index.js", "lib/database.js", "lib/sqlite-error.js"]) {
    const from = join(repository, "node_modules/better-sqlite3", part);
    cpSync(from, join(folder, "../better-sqlite3", part), { recursive: true });
  }
  const { code, ok, part, remedies } = await doctor(folder);
  assert.deepEqual({ code, ok }, { code: 1, ok: false });
  assert.equal(part("better-sqlite3").status, "broken");
  assert.ok(remedies.includes("npm rebuild better-sqlite3"));
  const { out, err } = await luaskills(folder, ["doctor"]);
  assert.match(out, /^better-sqlite3 +broken /m);
  assert.equal(err, "luaskills: this does not work: better-sqlite3\n");
});

test("a package for another Node is broken, and not loaded", async t => {
  const folder = install(t);
  const loaded = join(folder, "loaded");
  const program = `require("node:fs").writeFileSync(${JSON.stringify(loaded)}, "")`;
  addPackage(folder, "better-sqlite3", { engines: { node: ">=99" } }, program);
  const { code, part } = await doctor(folder);
  const { status, detail, remedy } = part("better-sqlite3");
  assert.equal(code, 1);
  assert.equal(status, "broken");
  assert.equal(detail, `better-sqlite3 1.2.3 is for Node.js >=99, this is ${process.versions.node}`);
  assert.equal(remedy, `npm install ${specs[0]}`);
  assert.equal(existsSync(loaded), false);
});

for (const [engines, status] of [
  [">=20", "ok"],
  [">= 18.17.0", "ok"],
  ["18.x || 20.x || 22.x || 24.x", "ok"],
  [">=16 <99", "ok"],
  ["*", "ok"],
  ["16.x || 18.x", "broken"],
  ["^18.0.0", "broken"],
] as const) {
  test(`a package for Node ${engines} is ${status}`, async t => {
    const folder = install(t);
    const program = "exports.Jieba = { withDict: () => ({ cut: () => [] }) };";
    addPackage(folder, "@node-rs/jieba", { engines: { node: engines } }, program);
    writeFileSync(join(folder, "../@node-rs/jieba/dict.js"), "");
    assert.equal((await doctor(folder)).part("@node-rs/jieba").status, status);
  });
}

test("a package that has no binary for the platform is unavailable, which is no failure", async t => {
  const folder = install(t);
  const binaries = { "@lancedb/lancedb-haiku-m68k": "1.2.3", openai: "4" };
  addPackage(folder, "@lancedb/lancedb", { optionalDependencies: binaries }, "process.abort()");
  const { code, part, remedies } = await doctor(folder);
  const { status, detail, remedy } = part("@lancedb/lancedb");
  assert.equal(status, "unavailable");
  assert.equal(detail, `@lancedb/lancedb 1.2.3 has no binary for ${process.platform}-${process.arch}`);
  assert.equal(remedy, null);
  assert.doesNotMatch(remedies.join(), /lancedb/);
  assert.equal(code, 0);
});

test("a package that ends the process that loads it is broken, and the others are still looked at", async t => {
  const folder = install(t, ["apache-arrow"]);
  addPackage(folder, "better-sqlite3", {}, "process.kill(process.pid, 'SIGKILL')");
  const { code, part } = await doctor(folder);
  assert.equal(part("better-sqlite3").status, "broken");
  assert.equal(part("better-sqlite3").detail, "the process that loaded it ended by SIGKILL");
  assert.equal(part("apache-arrow").status, "ok");
  assert.equal(code, 1);
});

test("without an addon that loads, doctor names the command that compiles it", async t => {
  const folder = install(t);
  writeFileSync(join(folder, "build/Release/luaskills.node"), "no binary");
  const { code, part, remedies } = await doctor(folder);
  assert.equal(part("addon").status, "broken");
  assert.match(part("addon").detail, /no native addon for \S+ could be loaded/);
  assert.equal(remedies[1], `npx node-gyp rebuild --directory ${JSON.stringify(realpathSync(folder))}`);
  assert.equal(code, 1);
});

test("without an addon that loads, other commands point at doctor", async t => {
  const folder = install(t);
  rmSync(join(folder, "build"), { recursive: true });
  const { code, err } = await luaskills(folder, ["list", "--root", `A=${folder}`]);
  assert.match(err, /^luaskills: luaskills: no native addon for [\s\S]+\nhint: `luaskills doctor` shows /);
  assert.equal(code, 1);
  assert.equal((await luaskills(folder, ["--help"])).code, 0);
});
