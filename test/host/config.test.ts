import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createEngine, engineWith, temporaryFolder, writeSkills } from "../skills/skill-tree.js";
import { luaCode } from "./lua-code.js";

test("vulcan.config sets, reads, lists and deletes the values of the running skill", async t => {
  const { run } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  const config = "local config = vulcan.config";
  assert.deepEqual(await run(`${config} return config.list()`), { value: [] });
  assert.deepEqual(await run(`${config} return config.set("token", "sk-123")`), { value: true });
  assert.deepEqual(await run(`${config} return config.set(" empty ", "")`), { value: true });
  assert.deepEqual(await run(`${config} return { config.get("token"), config.get("empty") }`), {
    value: ["sk-123", ""],
  });
  assert.deepEqual(await run(`${config} return config.get("none")`), { value: undefined });
  assert.deepEqual(await run(`${config} return { config.has("empty"), config.has("none") }`), {
    value: [true, false],
  });
  assert.deepEqual(await run(`${config} return config.list()`), { value: { empty: "", token: "sk-123" } });
  assert.deepEqual(await run(`${config} return { config.delete("token"), config.delete("token") }`), {
    value: [true, false],
  });
  assert.deepEqual(await run(`${config} return config.list()`), { value: { empty: "" } });
});

test("vulcan.config does the same in a synchronous call", async t => {
  const { runSync } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  const code = `
    local config = vulcan.config
    return { config.set("key", "value"), config.get("key"), config.has("key"), config.list(), config.delete("key"),
      config.delete("key"), config.has("key") }`;
  assert.deepEqual(runSync(code), { value: [true, "value", true, { key: "value" }, true, false, false] });
});

test("vulcan.config works below a C function, where Lua code cannot wait", async t => {
  const { run } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  const code = `return (("abc"):gsub(".", function(letter)
    vulcan.config.set(letter, letter:upper())
    return vulcan.config.get(letter)
  end))`;
  assert.deepEqual(await run(code), { value: "ABC" });
});

test("every skill has its own values, the entries of one share them, and a nested call uses its own", async t => {
  const { run } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  await run("return vulcan.config.set('key', 'of demo')");
  await run("return vulcan.config.set('key', 'of second')", {}, "second-run");
  assert.deepEqual(await run("return vulcan.config.get('key')", {}, "demo-other"), { value: "of demo" });
  assert.deepEqual(await run("return vulcan.config.get('key')", {}, "second-other"), { value: "of second" });
  const nested = `
    local inner = vulcan.json.decode(vulcan.call("second-run", { code = "return vulcan.config.get('key')" }))
    return { inner.value, vulcan.config.get("key") }`;
  assert.deepEqual(await run(nested), { value: ["of second", "of demo"] });
});

test("whose values they are cannot be claimed by Lua code", async t => {
  const { run } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  await run("return vulcan.config.set('key', 'of second')", {}, "second-run");
  const attempts = [
    "vulcan.runtime.internal.skill_name = 'second' return vulcan.config.get('key')",
    "vulcan.runtime = { internal = { skill_name = 'second' } } return vulcan.config.get('key')",
    "vulcan.context = { skill_id = 'second' } return vulcan.config.get('key')",
  ];
  for (const code of attempts) assert.match(JSON.stringify(await run(code)), /read-only/);
  assert.deepEqual(await run("__skill_id = 'second' return vulcan.config.get('key')"), { value: undefined });
});

const wrong: [code: string, error: string][] = [
  ["get()", "config.get: key must be a string, got nil"],
  ["get(12)", "config.get: key must be a string, got integer"],
  ["get({})", "config.get: key must be a string, got table"],
  ["get(print)", "config.get: key must be a string, got function"],
  ["get('\\255')", "config.get: key must be a valid UTF-8 string"],
  ["get(' ')", "config.get: key must not be empty"],
  ["get('a\\0b')", "config.get: key must not contain NUL bytes"],
  ["has(true)", "config.has: key must be a string, got boolean"],
  ["has('')", "config.has: key must not be empty"],
  ["delete(1.5)", "config.delete: key must be a string, got number"],
  ["delete('\\0')", "config.delete: key must not contain NUL bytes"],
  ["set(nil, 'x')", "config.set: key must be a string, got nil"],
  ["set('', 'x')", "config.set: key must not be empty"],
  ["set('a')", "config.set: value must be a string, got nil"],
  ["set('a', 1)", "config.set: value must be a string, got integer"],
  ["set('a', {})", "config.set: value must be a string, got table"],
  ["set('a', coroutine.create(print))", "config.set: value must be a string, got thread"],
  ["set('a', '\\255')", "config.set: value must be a valid UTF-8 string"],
];

test("vulcan.config refuses wrong arguments and writes nothing", async t => {
  const runtimeRoot = temporaryFolder(t);
  const { runBoth } = await luaCode(t, { runtimeRoot });
  for (const [code, error] of wrong) {
    assert.deepEqual(await runBoth(`return vulcan.config.${code}`), { error });
  }
  assert.equal(existsSync(join(runtimeRoot, "config")), false);
});

test("outside of a skill vulcan.config says that it needs one", async t => {
  const { engine, report } = await engineWith(
    t,
    { demo: "local value = vulcan.config.get('key') return function() return value end" },
    { runtimeRoot: temporaryFolder(t) },
  );
  assert.match(report.failed[0]?.error ?? "", /vulcan\.config\.get requires one active skill context/);
  assert.deepEqual(engine.entries(), []);
});

test("code of the host belongs to no skill either, but skills it calls do", async t => {
  const { engine } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  await engine.config.set("demo", "key", "value");
  await assert.rejects(engine.runLua("return vulcan.config.list()"), {
    message: /vulcan\.config\.list requires one active skill context/,
  });
  assert.match(
    await engine.execLua({ code: "return vulcan.config.get('key')" }),
    /requires one active skill context/,
  );
  const nested = `return vulcan.call("demo-run", { code = "return vulcan.config.get('key')" })`;
  assert.equal(await engine.runLua(nested), '{"value":"value"}');
  assert.match(await engine.execLua({ code: nested }), /\{"value":"value"\}/);
});

test("the host reads and writes what skills see", async t => {
  const { engine, run } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  await engine.config.set("demo", "key", "from the host");
  assert.deepEqual(await run("return vulcan.config.get('key')"), { value: "from the host" });
  await run("return vulcan.config.set('other', 'from the skill')");
  assert.equal(await engine.config.get("demo", "other"), "from the skill");
  assert.equal(await engine.config.get("demo", "none"), undefined);
  await engine.config.set("not-installed", "key", "1");
  assert.deepEqual(await engine.config.list(), [
    { skillId: "demo", key: "key", value: "from the host" },
    { skillId: "demo", key: "other", value: "from the skill" },
    { skillId: "not-installed", key: "key", value: "1" },
  ]);
  assert.deepEqual(await engine.config.list("not-installed"), [
    { skillId: "not-installed", key: "key", value: "1" },
  ]);
  assert.equal(await engine.config.delete("demo", "key"), true);
  assert.equal(await engine.config.delete("demo", "key"), false);
  await assert.rejects(engine.config.get("Demo", "key"), { name: "SkillError", code: "SKILL_CONFIG" });
  await assert.rejects(engine.config.set("demo", " ", "x"), { code: "SKILL_CONFIG" });
});

test("close waits for changes that have begun", async t => {
  const runtimeRoot = temporaryFolder(t);
  const engine = await createEngine(t, { runtimeRoot });
  const changing = Array.from({ length: 10 }, (_, i) => engine.config.set("demo", `key-${i}`, "value"));
  await engine.close();
  const { skills } = JSON.parse(readFileSync(join(runtimeRoot, "config", "skill_config.json"), "utf8"));
  assert.equal(Object.keys(skills.demo).length, 10);
  await Promise.all(changing);
});

test("after close the host is refused", async t => {
  const engine = await createEngine(t, { runtimeRoot: temporaryFolder(t) });
  await engine.close();
  await assert.rejects(engine.config.list(), { code: "ENGINE_CLOSED" });
  await assert.rejects(engine.config.set("demo", "key", "x"), { code: "ENGINE_CLOSED" });
});

test("the file is skillConfigFile, else below runtimeRoot, else below the parent of the roots", async t => {
  const folder = temporaryFolder(t);
  const explicit = join(folder, "settings", "own.json");
  const roots = [
    { name: "A", skillsDir: join(folder, "a") },
    { name: "B", skillsDir: join(folder, "b") },
  ];
  const places: [options: object, file: string][] = [
    [{ skillConfigFile: explicit, runtimeRoot: join(folder, "rt") }, explicit],
    [{ runtimeRoot: join(folder, "rt") }, join(folder, "rt", "config", "skill_config.json")],
    [{}, join(folder, "config", "skill_config.json")],
  ];
  for (const [options, file] of places) {
    const engine = await createEngine(t, options);
    await engine.load(roots);
    assert.equal(existsSync(dirname(file)), false);
    await engine.config.set("demo", "key", "value");
    assert.equal(
      readFileSync(file, "utf8"),
      '{\n  "skills": {\n    "demo": {\n      "key": "value"\n    }\n  }\n}',
    );
  }
});

test("with no place for the file only its operations fail, naming the option", async t => {
  const [first, second] = [join(temporaryFolder(t), "skills"), join(temporaryFolder(t), "skills")];
  writeSkills(first, {
    demo: "return function() return tostring(select(2, pcall(vulcan.config.get, 'key'))) end",
  });
  mkdirSync(second);
  const engine = await createEngine(t);
  await assert.rejects(engine.config.list(), { code: "SKILL_CONFIG", message: /skillConfigFile/ });
  await engine.load([
    { name: "A", skillsDir: first },
    { name: "B", skillsDir: second },
  ]);
  assert.match((await engine.call("demo-run")).content, /different folders .*set skillConfigFile/);
  await assert.rejects(engine.config.set("demo", "key", "x"), {
    code: "SKILL_CONFIG",
    message: /skillConfigFile/,
  });
  await engine.load([{ name: "A", skillsDir: first }]);
  assert.deepEqual(await engine.config.list(), []);
});

test("a file that is no configuration is an error that names it, and stays", async t => {
  const file = join(temporaryFolder(t), "config.json");
  writeFileSync(file, '{"skills":{"demo":{"key":1}}}');
  const { runBoth } = await luaCode(t, { skillConfigFile: file });
  for (const code of ["get('key')", "set('key', 'x')", "delete('key')", "list()", "has('key')"]) {
    const outcome = await runBoth(`return vulcan.config.${code}`);
    assert.match(
      JSON.stringify(outcome),
      /failed to parse skill config file .*skills\.demo\.key must be a string/,
    );
  }
  assert.equal(readFileSync(file, "utf8"), '{"skills":{"demo":{"key":1}}}');
});

test("a hundred calls that write at once lose nothing", async t => {
  const { engine, run } = await luaCode(t, { runtimeRoot: temporaryFolder(t) });
  const writing = Array.from({ length: 100 }, (_, i) =>
    run(`return vulcan.config.set("key-${i}", "${i}")`, {}, i % 2 === 0 ? "demo-run" : "second-run"),
  );
  for (const outcome of await Promise.all(writing)) assert.deepEqual(outcome, { value: true });
  assert.equal((await engine.config.list()).length, 100);
});
