import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FileLocks } from "#dist/files/file-lock.js";
import { isPassing } from "#dist/files/passing.js";
import { ConfigStore } from "#dist/skills/config-store.js";
import { repository, temporaryFolder } from "./skill-tree.js";

/** A store over a file, `<temporary folder>/config/skill_config.json` unless another is given. */
function storeOf(t: TestContext, path = join(temporaryFolder(t), "config", "skill_config.json")) {
  const store = new ConfigStore(() => ({ file: path }));
  t.after(() => store[Symbol.asyncDispose]());
  return { store, path };
}

function refuses(message: RegExp | string) {
  return { name: "SkillError", code: "SKILL_CONFIG", message };
}

test("values are set, read, listed and deleted by skill and key", async t => {
  const { store } = storeOf(t);
  await store.set("demo-skill", "endpoint", "https://example.org");
  await store.set(" demo-skill ", " api_token ", "");
  store.setSync("another", "key", "Grüße\n");
  assert.equal(store.get("demo-skill", "endpoint"), "https://example.org");
  assert.equal(store.get("demo-skill", "api_token"), "");
  assert.equal(store.get("demo-skill", "none"), undefined);
  assert.equal(store.get("none", "endpoint"), undefined);
  assert.equal(store.has("another", " key "), true);
  assert.equal(store.has("another", "endpoint"), false);
  assert.deepEqual(store.list(), [
    { skillId: "another", key: "key", value: "Grüße\n" },
    { skillId: "demo-skill", key: "api_token", value: "" },
    { skillId: "demo-skill", key: "endpoint", value: "https://example.org" },
  ]);
  assert.deepEqual(store.list(" another "), [{ skillId: "another", key: "key", value: "Grüße\n" }]);
  assert.deepEqual(store.list("none"), []);
  assert.equal(await store.delete("demo-skill", "endpoint"), true);
  assert.equal(store.deleteSync("another", "key"), true);
  assert.equal(await store.delete("another", "key"), false);
  assert.equal(store.deleteSync("another", "key"), false);
  assert.deepEqual(store.list(), [{ skillId: "demo-skill", key: "api_token", value: "" }]);
});

test("the file is pretty JSON in byte order, without a final line feed, readable by its owner alone", async t => {
  const { store, path } = storeOf(t);
  await store.set("demo", "b", "2");
  await store.set("demo", "10", "ten");
  await store.set("demo", "9", "nine");
  await store.set("demo", "\u{10000}", "last");
  await store.set("demo", "\uffff", "before last");
  await store.set("demo", "__proto__", "any text is a key");
  await store.set("alpha", "x", '"');
  const lines = [
    "{",
    '  "skills": {',
    '    "alpha": {',
    '      "x": "\\""',
    "    },",
    '    "demo": {',
    '      "10": "ten",',
    '      "9": "nine",',
    '      "__proto__": "any text is a key",',
    '      "b": "2",',
    '      "\uffff": "before last",',
    '      "\u{10000}": "last"',
    "    }",
    "  }",
    "}",
  ];
  assert.equal(readFileSync(path, "utf8"), lines.join("\n"));
  assert.equal(statSync(path).mode & 0o777, process.platform === "win32" ? 0o666 : 0o600);
});

test("the last value of a skill takes its node along", async t => {
  const { store, path } = storeOf(t);
  await store.set("demo", "key", "value");
  await store.delete("demo", "key");
  assert.equal(readFileSync(path, "utf8"), '{\n  "skills": {}\n}');
});

test("what changes nothing writes nothing", async t => {
  const { store, path } = storeOf(t);
  assert.equal(await store.delete("demo", "key"), false);
  assert.equal(existsSync(path), false);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, '{"skills":{"demo":{"key":"value"}}}');
  await store.set("demo", "key", "value");
  assert.equal(readFileSync(path, "utf8"), '{"skills":{"demo":{"key":"value"}}}');
});

test("a file edited by hand is read anew each time and keeps members that mean nothing here", async t => {
  const { store, path } = storeOf(t, join(temporaryFolder(t), "config.json"));
  assert.deepEqual(store.list(), []);
  const note = { written: ["by", "hand"] };
  writeFileSync(path, `\ufeff${JSON.stringify({ note, skills: { demo: { key: "1" }, empty: {} } })}`);
  assert.equal(store.get("demo", "key"), "1");
  writeFileSync(path, JSON.stringify({ note }));
  assert.equal(store.get("demo", "key"), undefined);
  store.setSync("demo", "key", "2");
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { note, skills: { demo: { key: "2" } } });
});

test("a file that is no configuration is refused and stays as it is", async t => {
  const cases: [text: string | Uint8Array, problem: RegExp][] = [
    ["", /JSON/],
    ["{", /JSON/],
    ["[]", /: it must hold an object$/],
    ["null", /: it must hold an object$/],
    ['{"skills":[]}', /: skills must be an object$/],
    ['{"skills":{"demo":"x"}}', /: skills\.demo must be an object$/],
    ['{"skills":{"demo":{"key":1}}}', /: skills\.demo\.key must be a string$/],
    ['{"skills":{"demo":{"key":null}}}', /: skills\.demo\.key must be a string$/],
  ];
  const { store, path } = storeOf(t, join(temporaryFolder(t), "config.json"));
  for (const [text, problem] of cases) {
    writeFileSync(path, text);
    const refused = {
      ...refuses(problem),
      message: new RegExp(`^failed to parse skill config file '.*config\\.json'.*${problem.source}`),
    };
    assert.throws(() => store.get("demo", "key"), refused);
    assert.throws(() => store.list(), refused);
    assert.throws(() => store.setSync("demo", "key", "x"), refused);
    await assert.rejects(store.set("demo", "key", "x"), refused);
    await assert.rejects(store.delete("demo", "key"), refused);
    assert.equal(readFileSync(path, "utf8"), text);
  }
  writeFileSync(path, Uint8Array.of(0x7b, 0xff, 0x7d));
  assert.throws(() => store.get("demo", "key"), refuses(/^failed to read skill config file .*utf-8/));
});

test("invalid skill ids, keys and values are refused before anything is read", async t => {
  const store = new ConfigStore(() => assert.fail("nothing may be read"));
  t.after(() => store[Symbol.asyncDispose]());
  const id = /^invalid skill config skill_id: skill_id must /;
  for (const skillId of ["", " ", "Demo", "1st", "demo-", "../up", 7 as never]) {
    assert.throws(() => store.get(skillId, "key"), refuses(id));
    assert.throws(() => store.list(skillId), refuses(id));
    assert.throws(() => store.setSync(skillId, "key", ""), refuses(id));
    assert.throws(() => store.deleteSync(skillId, "key"), refuses(id));
  }
  assert.throws(() => store.get("demo", " "), refuses("skill config key must not be empty"));
  assert.throws(
    () => store.has("demo", 1 as never),
    refuses("skill config key must be a string, got number"),
  );
  assert.throws(
    () => store.setSync("demo", "key", 1 as never),
    refuses("skill config value must be a string, got number"),
  );
});

test("a file that cannot be located is a refusal of the operation that asked", async t => {
  let path: string | undefined;
  const file = join(temporaryFolder(t), "config.json");
  const store = new ConfigStore(() =>
    path === undefined ? { problem: "set skillConfigFile" } : { file: path },
  );
  t.after(() => store[Symbol.asyncDispose]());
  assert.throws(() => store.list(), refuses("set skillConfigFile"));
  await assert.rejects(store.set("demo", "key", "x"), refuses("set skillConfigFile"));
  path = file;
  await store.set("demo", "key", "x");
  assert.equal(store.get("demo", "key"), "x");
});

test("a place that cannot be read or written is named", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  const below = storeOf(t, join(folder, "file", "config.json")).store;
  assert.throws(
    () => below.setSync("demo", "key", "x"),
    refuses(/^failed to write skill config file '.*file/),
  );
  await assert.rejects(below.set("demo", "key", "x"), refuses(/^failed to write skill config file '.*file/));
  const directory = storeOf(t, folder).store;
  assert.throws(
    () => directory.get("demo", "key"),
    refuses(/^failed to read skill config file '.*': EISDIR/),
  );
});

test("a link stays a link and the file behind it keeps its mode", async t => {
  const folder = temporaryFolder(t);
  const [real, link] = [join(folder, "real.json"), join(folder, "link.json")];
  writeFileSync(real, "{}");
  chmodSync(real, 0o640);
  symlinkSync(real, link);
  const { store } = storeOf(t, link);
  await store.set("demo", "a", "1");
  store.setSync("demo", "b", "2");
  assert.equal(lstatSync(link).isSymbolicLink(), true);
  assert.deepEqual(JSON.parse(readFileSync(real, "utf8")), { skills: { demo: { a: "1", b: "2" } } });
  if (process.platform !== "win32") assert.equal(statSync(real).mode & 0o777, 0o640);
});

test("changes that overlap in one process are all kept, waiting or not, through one store or two", async t => {
  const { store, path } = storeOf(t);
  const { store: other } = storeOf(t, path);
  const waiting: Promise<unknown>[] = [];
  for (let i = 0; i < 20; i += 1) {
    waiting.push(store.set("demo", `first-${i}`, ""), other.set("demo", `second-${i}`, ""));
    store.setSync("demo", `third-${i}`, "");
    other.setSync("demo", `fourth-${i}`, "");
  }
  await Promise.all(waiting);
  assert.equal(store.list("demo").length, 80);
});

test("four processes that write at once lose nothing and leave only the file and its lock", async t => {
  const { store, path } = storeOf(t);
  const rounds = 40;
  const names = ["a", "b", "c", "d"];
  const codes = await Promise.all(
    names.map(async name => {
      const child = start(t, "writer.mjs", [path, name, String(rounds)]);
      child.stdout?.resume();
      const [code] = await once(child, "close");
      return code;
    }),
  );
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.equal(store.list("demo").length, names.length * rounds);
  assert.deepEqual(readdirSync(join(path, "..")).sort(), ["skill_config.json", "skill_config.json.lock"]);
});

test("what processes had written before they were killed is there, whatever they were doing then", async t => {
  const { store, path } = storeOf(t);
  const written = await Promise.all(
    ["a", "b", "c", "d"].map(async name => {
      const child = start(t, "writer.mjs", [path, name, "1000000"]);
      const stdout = child.stdout as NodeJS.ReadableStream;
      let output = "";
      for await (const chunk of stdout) {
        output += chunk;
        if (output.split("\n").length > 15) child.kill("SIGKILL");
      }
      return output.split("\n").slice(0, -1);
    }),
  );
  const keys = new Set(store.list("demo").map(({ key }) => key));
  for (const key of written.flat()) assert.ok(keys.has(key), key);
  store.setSync("demo", "after", "");
});

test("a process that is killed while it holds the lock blocks nobody", async t => {
  const { store, path } = storeOf(t);
  await store.set("demo", "before", "1");
  const holder = start(t, "holder.mjs", [path]);
  await once(holder.stdout as NodeJS.ReadableStream, "data");
  const waiting = store.set("demo", "after", "2");
  holder.kill("SIGKILL");
  await waiting;
  assert.equal(store.get("demo", "after"), "2");
});

test("a lock that stays held is refused in the end, naming the file", async t => {
  const { store, path } = storeOf(t);
  store.setSync("demo", "key", "before");
  const holder = start(t, "holder.mjs", [path]);
  await once(holder.stdout as NodeJS.ReadableStream, "data");
  assert.throws(
    () => store.setSync("demo", "key", "after"),
    refuses(/skill_config\.json\.lock is locked by another process \(waited 2000 ms\)/),
  );
  assert.equal(store.get("demo", "key"), "before");
});

test("temporary files of processes that died are removed by the next change, those of living ones stay", async t => {
  const { store, path } = storeOf(t);
  await store.set("demo", "key", "1");
  const [dead, living] = [`${path}.0123456789abcdef.tmp`, `${path}.fedcba9876543210.tmp`];
  const foreign = `${path}.notes.tmp`;
  for (const file of [dead, living, foreign]) writeFileSync(file, "");
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const file of [dead, foreign]) utimesSync(file, anHourAgo, anHourAgo);
  await store.set("demo", "key", "2");
  assert.deepEqual([dead, living, foreign].map(existsSync), [false, true, true]);
});

test("a lock excludes others of the same process and can be taken again", async t => {
  const path = join(temporaryFolder(t), "lock");
  const locks = new FileLocks();
  t.after(() => locks[Symbol.dispose]());
  const release = await locks.acquire(path);
  assert.throws(() => locks.acquireSync(path), /is locked by another process/);
  const next = locks.acquire(path);
  release();
  (await next)();
  locks.acquireSync(path)();
});

test("only Windows has passing failures of replacing a file", () => {
  for (const code of ["EPERM", "EACCES", "EBUSY"]) {
    assert.equal(isPassing("win32", code), true);
    assert.equal(isPassing("linux", code), false);
    assert.equal(isPassing("darwin", code), false);
  }
  assert.equal(isPassing("win32", "ENOSPC"), false);
  assert.equal(isPassing("win32", undefined), false);
});

/** A program of test/fixtures/config in a process of its own, gone with the test. */
function start(t: TestContext, program: string, args: string[]): ChildProcess {
  const path = join(repository, "test", "fixtures", "config", program);
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}
