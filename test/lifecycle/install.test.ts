import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { InstallRequest, LifecycleEvent, ProgressEvent, RegistryDelta } from "luaskills";
import { parseYaml } from "#dist/packages/yaml.js";
import { createEngine, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { answer, answering, emptyRuntime, litter, tree, versioned, writePackage } from "./runtime.js";

test("an installed package serves, and the result, the record and the events say where it came from", async t => {
  const runtime = await emptyRuntime(t);
  const { engine, folder, root, state } = runtime;
  const source = writePackage(folder, "demo", answering("1.2.0", "one"));
  const lifecycle: LifecycleEvent[] = [];
  const registry: RegistryDelta[] = [];
  engine.on("lifecycle", event => lifecycle.push(event));
  engine.on("registry", delta => registry.push(delta));
  const before = Date.now();
  const result = await engine.skills.install({ source });
  const message = `skill demo 1.2.0 was installed from folder ${source}`;
  assert.deepEqual(result, {
    skillId: "demo",
    status: "installed",
    message,
    version: "1.2.0",
    sourceType: "folder",
    sourceLocator: source,
  });
  assert.equal(await answer(engine), "one");
  assert.deepEqual(tree(join(root.skillsDir, "demo")), tree(source));
  const { installed_at_unix_ms: at, ...record } = parseYaml(
    readFileSync(join(state, "installs", "demo.yaml"), "utf8"),
  ).value as Record<string, unknown>;
  assert.deepEqual(record, {
    skill_id: "demo",
    version: "1.2.0",
    managed: true,
    source: { source_type: "folder", locator: source, tag: null, range: null },
  });
  assert.ok(Number(at) >= before && Number(at) <= Date.now());
  assert.deepEqual(lifecycle, [
    {
      plane: "skills",
      action: "install",
      skillId: "demo",
      rootName: "ROOT",
      skillDir: join(root.skillsDir, "demo"),
      status: "installed",
      message,
    },
  ]);
  assert.deepEqual(
    registry.map(({ added }) => added.map(({ canonicalName }) => canonicalName)),
    [["demo-run"]],
  );
  assert.deepEqual(litter(runtime), []);
});

test("progress tells every phase in order, about one operation", async t => {
  const { engine, folder } = await emptyRuntime(t);
  const events: ProgressEvent[] = [];
  engine.on("progress", event => events.push(event));
  await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "one")) });
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, index) => index + 1),
  );
  assert.equal(new Set(events.map(({ operationId }) => operationId)).size, 1);
  assert.match(events[0]?.operationId ?? "", /^skill-install-/);
  const phases = events.map(({ phase }) => phase);
  assert.deepEqual(
    [...new Set(phases)],
    [
      "validating_request",
      "resolving_source",
      "source_resolved",
      "extracting_archive",
      "preparing_dependencies",
      "validating_skill",
      "switching",
      "staging_install",
      "reloading_runtime",
      "committing",
      "cleaning_up",
      "completed",
    ],
  );
  const { skillId, plane, action, rootName, sourceType, percent } = events.at(-1) as ProgressEvent;
  assert.deepEqual(
    { skillId, plane, action, rootName, sourceType, percent },
    {
      skillId: "demo",
      plane: "skills",
      action: "install",
      rootName: "ROOT",
      sourceType: "folder",
      percent: null,
    },
  );
});

test("a listener that throws disturbs no operation", async t => {
  const { engine, folder } = await emptyRuntime(t);
  for (const event of ["progress", "lifecycle", "registry"] as const) {
    engine.on(event, () => {
      throw new Error("a listener of the host");
    });
  }
  const { status } = await engine.skills.install({
    source: writePackage(folder, "demo", answering("1.0.0", "one")),
  });
  assert.equal(status, "installed");
});

test("a dry run says what would be installed, and changes nothing", async t => {
  const { engine, folder } = await emptyRuntime(t);
  const source = writePackage(folder, "demo", answering("1.2.0", "one"));
  engine.on("lifecycle", () => assert.fail("nothing has happened"));
  assert.deepEqual(await engine.skills.install({ source }, { dryRun: true }), {
    skillId: "demo",
    status: "planned",
    message: `skill demo 1.2.0 would be installed from folder ${source} into ROOT`,
    version: "1.2.0",
    sourceType: "folder",
    sourceLocator: source,
  });
  assert.equal(existsSync(join(folder, "rt")), false);
});

test("a skill that is there already, broken, disabled or empty, is not installed again", async t => {
  const runtime = await emptyRuntime(t);
  const { engine, folder, root } = runtime;
  const source = writePackage(folder, "demo", answering("2.0.0", "two"));
  mkdirSync(join(root.skillsDir, "demo"), { recursive: true });
  assert.deepEqual(await engine.skills.install({ source }), {
    skillId: "demo",
    status: "already_installed",
    message: "skill demo is already in ROOT: update brings it to a newer version",
  });
  assert.deepEqual(tree(root.skillsDir), {});
  assert.deepEqual(litter(runtime), []);
});

test("the id of the request names the skill, whatever the folder of its package is called", async t => {
  const { engine, folder } = await emptyRuntime(t);
  const source = writeSkill(temporaryFolder(t), "checkout", answering("1.0.0", "one"));
  const { skillId } = await engine.skills.install({ skillId: "renamed", source });
  assert.equal(skillId, "renamed");
  assert.equal(await answer(engine, "renamed"), "one");
  assert.equal(existsSync(join(folder, "rt", "skills", "checkout")), false);
});

const broken: [what: string, files: Record<string, string>, reason: RegExp][] = [
  ["a syntax error", { "runtime/run.lua": "return function(" }, /entry run: .*expected near/],
  ["a chunk that returns no function", { "runtime/run.lua": "return 1" }, /entry run: /],
  ["an error while it loads", { "runtime/run.lua": "error('no luck')" }, /entry run: .*no luck/],
  [
    "an entry file that is missing",
    { "skill.yaml": versioned("1.0.0").replace("run.lua", "gone.lua") },
    /no such file/,
  ],
  ["no entries", { "skill.yaml": "name: Test\nversion: 1.0.0\n" }, /at least one entry/],
  [
    "a manifest that switches it off",
    { "skill.yaml": versioned("1.0.0", "enable: false\n") },
    /disabled in skill\.yaml/,
  ],
];

for (const [what, files, reason] of broken) {
  test(`a package with ${what} is refused, and nothing of it stays`, async t => {
    const runtime = await emptyRuntime(t);
    const { engine, folder, root, state } = runtime;
    const source = writePackage(folder, "demo", { ...(answering("1.0.0", "one") as object), ...files });
    const progress: ProgressEvent[] = [];
    engine.on("progress", event => progress.push(event));
    engine.on("lifecycle", () => assert.fail("a refused install is told by its promise alone"));
    await assert.rejects(engine.skills.install({ source }), (error: Error & { code: string }) => {
      assert.equal(error.code, "SKILL_PACKAGE");
      assert.match(error.message, reason);
      return true;
    });
    assert.deepEqual([progress.at(-1)?.phase, progress.at(-1)?.status], ["failed", "failed"]);
    assert.match(progress.at(-1)?.message ?? "", reason);
    assert.equal(existsSync(join(root.skillsDir, "demo")), false);
    assert.equal(existsSync(join(state, "installs", "demo.yaml")), false);
    assert.deepEqual(litter(runtime), []);
    assert.deepEqual(engine.entries(), []);
  });
}

test("a package that loads where it is staged and not in its place is taken back", async t => {
  const runtime = await emptyRuntime(t);
  const { engine, folder, root, state } = runtime;
  // Its chunk finds out where it lies: what a package should not do, and some may.
  const source = writePackage(folder, "demo", {
    "skill.yaml": versioned("1.0.0"),
    "runtime/run.lua": `
      assert(debug.getinfo(1, "S"))
      local marker = io.open(${JSON.stringify(join(root.skillsDir, "demo", "skill.yaml"))})
      if marker then marker:close() error("not here") end
      return function() return "ok" end`,
  });
  await assert.rejects(engine.skills.install({ source }), { code: "SKILL_PACKAGE", message: /not here/ });
  assert.equal(existsSync(join(root.skillsDir, "demo")), false);
  assert.equal(existsSync(join(state, "installs", "demo.yaml")), false);
  assert.deepEqual(litter(runtime), []);
});

const requests: [what: string, request: unknown, problem: RegExp][] = [
  ["nothing", undefined, /the request must be an object .*, got undefined/],
  ["a list", [], /the request must be an object .*, got an array/],
  ["no source and no id", {}, /names no source/],
  ["an id that is none", { skillId: "Demo_1", source: "x/demo" }, /skill id must match/],
  ["a source that is no text", { source: 7 }, /source must be a string, got number/],
  ["an unknown kind of source", { source: "x", sourceType: "ftp" }, /sourceType must be one of github, hub/],
  ["two versions", { source: "npm:demo@^1", version: "2.0.0" }, /names two versions/],
  [
    "a range that is none",
    { source: "./demo", version: "new" },
    /must be a version such as 1\.2\.0 or a range/,
  ],
];

for (const [what, request, problem] of requests) {
  test(`a request with ${what} is refused`, async t => {
    const { engine, folder } = await emptyRuntime(t);
    await assert.rejects(engine.skills.install(request as InstallRequest), {
      code: "SKILL_REQUEST",
      message: problem,
    });
    assert.equal(existsSync(join(folder, "rt")), false);
  });
}

const options: [options: unknown, problem: RegExp][] = [
  [null, /the options must be an object, got null/],
  [{ plane: "admin" }, /plane must be "skills" or "system", got "admin"/],
  [{ targetRoot: 1 }, /targetRoot must be a string, got number/],
  [{ targetRoot: "USER" }, /there is no skill root "USER" in the chain \(ROOT\)/],
  [{ dryRun: "yes" }, /dryRun must be true or false, got "yes"/],
];

for (const [given, problem] of options) {
  test(`options ${JSON.stringify(given)} are refused`, async t => {
    const { engine, folder } = await emptyRuntime(t);
    const source = writePackage(folder, "demo", answering("1.0.0", "one"));
    await assert.rejects(engine.skills.install({ source }, given as never), {
      code: "SKILL_REQUEST",
      message: problem,
    });
  });
}

test("before a load there is no root to install into", async t => {
  const engine = await createEngine(t);
  await assert.rejects(engine.skills.install({ source: "./demo" }), {
    code: "SKILL_ROOT",
    message: /no skill root is loaded yet/,
  });
});

test("an aborted install leaves nothing, and the next one succeeds", async t => {
  const runtime = await emptyRuntime(t);
  const { engine, folder, root } = runtime;
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  for (const phase of ["validating_request", "extracting_archive", "validating_skill"]) {
    const controller = new AbortController();
    const off = engine.on("progress", event => {
      if (event.phase === phase) controller.abort(new Error(`enough at ${phase}`));
    });
    await assert.rejects(engine.skills.install({ source }, { signal: controller.signal }), {
      message: `enough at ${phase}`,
    });
    off();
    assert.equal(existsSync(join(root.skillsDir, "demo")), false);
    assert.deepEqual(litter(runtime), []);
  }
  assert.equal((await engine.skills.install({ source })).status, "installed");
});

test("operations of one engine run one after the other", async t => {
  const { engine, folder } = await emptyRuntime(t);
  const ids = ["a", "b", "c", "d"];
  const order: string[] = [];
  engine.on("progress", ({ skillId, phase }) => {
    if (phase === "validating_skill" || phase === "completed") order.push(`${skillId} ${phase}`);
  });
  await Promise.all(
    ids.map(id => engine.skills.install({ source: writePackage(folder, id, answering("1.0.0", id)) })),
  );
  assert.deepEqual(
    order,
    ids.flatMap(id => [`${id} validating_skill`, `${id} completed`]),
  );
});

test("an engine that closes ends what has not been switched yet, and refuses what comes later", async t => {
  const { engine, folder, root } = await emptyRuntime(t);
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  let closed: Promise<void> | undefined;
  engine.on("progress", ({ phase }) => {
    if (phase === "validating_skill") closed ??= engine.close();
  });
  await assert.rejects(engine.skills.install({ source }), { code: "ENGINE_CLOSED" });
  await closed;
  await assert.rejects(engine.skills.install({ source }), { code: "ENGINE_CLOSED" });
  assert.equal(existsSync(join(root.skillsDir, "demo")), false);
});

test("an engine that closes waits for a switch that has begun", async t => {
  const { engine, folder, root } = await emptyRuntime(t);
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  let closed: Promise<void> | undefined;
  engine.on("progress", ({ phase }) => {
    if (phase === "switching") closed ??= engine.close();
  });
  assert.equal((await engine.skills.install({ source })).status, "installed");
  await closed;
  assert.equal(existsSync(join(root.skillsDir, "demo")), true);
});

test("a skills folder behind a link is installed into", async t => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "elsewhere"));
  mkdirSync(join(folder, "rt"));
  symlinkSync(join(folder, "elsewhere"), join(folder, "rt", "skills"));
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir: join(folder, "rt", "skills") }]);
  await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "one")) });
  assert.equal(existsSync(join(folder, "elsewhere", "demo", "skill.yaml")), true);
});

test("a state folder that cannot be made is an error that names it", async t => {
  const { engine, folder } = await emptyRuntime(t);
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  mkdirSync(join(folder, "rt"));
  writeFileSync(join(folder, "rt", "state"), "a file");
  await assert.rejects(engine.skills.install({ source }), { code: "SKILL_STATE", message: /rt\/state/ });
});
