// luaskills config: settings of skills, kept in a file beside the folder of skills.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../skills/skill-tree.js";
import { luaskills } from "./command-line.js";

/** A folder with an empty folder of skills. */
function project(t: TestContext): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "skills"));
  return folder;
}

test("values are set, read, listed and deleted, and kept where skills find them", async t => {
  const cwd = project(t);
  const config = (...args: string[]) => luaskills(["config", ...args], { cwd });
  assert.deepEqual(await config("set", "weather", "url", "https://x"), { code: 0, out: "", err: "" });
  assert.equal((await config("set", "weather", "key", "")).code, 0);
  assert.equal((await config("get", "weather", "url")).out, "https://x\n");
  assert.equal(
    (await config("list")).out,
    'SKILL    KEY  VALUE\nweather  key  ""\nweather  url  "https://x"\n',
  );
  const file = JSON.parse(readFileSync(join(cwd, "config/skill_config.json"), "utf8"));
  assert.deepEqual(file, { skills: { weather: { key: "", url: "https://x" } } });
  assert.equal((await config("delete", "weather", "url")).code, 0);
  assert.equal((await config("delete", "weather", "key")).code, 0);
  assert.deepEqual(await config("list", "weather"), { code: 0, out: "", err: "no settings\n" });
});

test("a value may come from standard input, without its last line end", async t => {
  const cwd = project(t);
  await luaskills(["config", "set", "weather", "token"], { cwd, input: "se\ncret\n" });
  assert.equal((await luaskills(["config", "get", "weather", "token"], { cwd })).out, "se\ncret\n");
});

test("--json gives everything as data", async t => {
  const cwd = project(t);
  const config = async (...args: string[]) =>
    JSON.parse((await luaskills(["config", ...args, "--json"], { cwd })).out);
  const entry = { skillId: "weather", key: "url", value: "u" };
  assert.deepEqual(await config("set", "weather", "url", "u"), entry);
  assert.deepEqual(await config("get", "weather", "url"), entry);
  assert.deepEqual(await config("list"), [entry]);
  assert.deepEqual(await config("delete", "weather", "url"), {
    skillId: "weather",
    key: "url",
    deleted: true,
  });
});

test("with a runtime root the settings are in its folder config", async t => {
  const folder = temporaryFolder(t);
  await luaskills(["config", "set", "a", "b", "c", "--runtime-root", folder]);
  assert.match(readFileSync(join(folder, "config/skill_config.json"), "utf8"), /"b": "c"/);
});

test("what is not there cannot be read or deleted", async t => {
  const cwd = project(t);
  await luaskills(["config", "set", "weather", "url", "u"], { cwd });
  for (const verb of ["get", "delete"]) {
    const { code, err } = await luaskills(["config", verb, "weather", "ulr"], { cwd });
    assert.match(err, /skill weather has no setting ulr\nhint: it has url\n/);
    assert.equal(code, 1);
  }
});

test("a broken file of settings is named", async t => {
  const cwd = project(t);
  mkdirSync(join(cwd, "config"));
  writeFileSync(join(cwd, "config/skill_config.json"), "{");
  const { code, err } = await luaskills(["config", "list"], { cwd });
  assert.match(err, /failed to parse skill config file '.*skill_config\.json'/);
  assert.equal(code, 1);
});

test("roots that lie in different folders need a runtime root to have settings", async t => {
  const roots = [temporaryFolder(t), temporaryFolder(t)].flatMap((folder, at) => {
    mkdirSync(join(folder, "skills"));
    return ["--root", `R${at}=${join(folder, "skills")}`];
  });
  const { code, err } = await luaskills(["config", "list", ...roots]);
  assert.match(err, /lie in different folders[\s\S]*hint: .*--runtime-root DIR/);
  assert.equal(code, 1);
});

const wrong: [what: string, args: string[], message: RegExp][] = [
  ["no verb", [], /^Usage: luaskills config /],
  ["an unknown verb", ["gte"], /unknown command 'gte'\nhint: did you mean get\?/],
  ["no key", ["get", "weather"], /missing required argument 'key'\nhint: `luaskills config get --help`/],
];

for (const [what, args, message] of wrong) {
  test(`config with ${what} is a usage error`, async t => {
    const { code, out, err } = await luaskills(["config", ...args], { cwd: project(t) });
    assert.equal(out, "");
    assert.match(err, message);
    assert.equal(code, 2);
  });
}

test("an invalid skill id is refused", async t => {
  const { code, err } = await luaskills(["config", "set", "../x", "k", "v"], { cwd: project(t) });
  assert.match(err, /invalid skill config skill_id/);
  assert.equal(code, 1);
});
