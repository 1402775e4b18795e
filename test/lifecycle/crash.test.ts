// A process is killed at every step of every operation. Whoever comes next finds the old state or the new one, and the
// operation succeeds when it is tried again.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect, isDeepStrictEqual } from "node:util";
import { SkillEngine, type SkillRoot } from "luaskills";
import { repository, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { answer, answering, litter, tree, versioned, writePackage } from "./runtime.js";

const program = join(repository, "test", "fixtures", "lifecycle", "operate.mjs");
/** A database file is all that removal looks at: the backends are not needed. */
const options = { databases: { sqlite: "disabled", lancedb: "disabled" } } as const;

/** Moments of one operation at which its process is killed. */
const rounds = 12;

type Operation = [action: "install" | "update" | "uninstall" | "enable" | "disable", ...args: unknown[]];

interface Scene {
  name: string;
  /** Prepares the folder with the operations that come before. */
  prepare: (engine: SkillEngine, folder: string) => Promise<void>;
  operation: (folder: string) => Operation;
  /** The operation fails, and takes back what it had begun. */
  fails?: boolean;
}

const install = async (engine: SkillEngine, folder: string) => {
  const source = writePackage(folder, "demo", answering("1.0.0", "old"));
  await engine.skills.install({ source });
  mkdirSync(join(folder, "rt", "databases", "sqlite", "demo"), { recursive: true });
  cpSync(join(source, "skill.yaml"), join(folder, "rt", "databases", "sqlite", "demo", "demo.sqlite3"));
  const tool = join(folder, "rt", "dependencies", "tools", "demo", "tool");
  mkdirSync(tool, { recursive: true });
  cpSync(join(source, "skill.yaml"), join(tool, "file"));
};

/** Loads where it is staged, and not once it is in its place. */
const loadsOnce = (folder: string) => `
  local there = io.open(${JSON.stringify(join(folder, "rt", "skills", "demo", "new.txt"))})
  if there then there:close() error("not here") end
  return function() return "new" end`;

const scenes: Scene[] = [
  {
    name: "an install",
    prepare: async (_engine, folder) => {
      writePackage(folder, "demo", answering("1.0.0", "new", { "help/help.md": "# Help" }));
    },
    operation: folder => ["install", { source: join(folder, "packages", "demo") }],
  },
  {
    name: "an install that is taken back",
    prepare: async (_engine, folder) => {
      const files = { "skill.yaml": versioned("1.0.0"), "runtime/run.lua": loadsOnce(folder), "new.txt": "" };
      writePackage(folder, "demo", files);
    },
    operation: folder => ["install", { source: join(folder, "packages", "demo") }],
    fails: true,
  },
  {
    name: "an update",
    prepare: async (engine, folder) => {
      await install(engine, folder);
      writePackage(folder, "demo", answering("1.1.0", "new", { "help/help.md": "# Help" }));
    },
    operation: () => ["update", { skillId: "demo" }],
  },
  {
    name: "an update that is taken back",
    prepare: async (engine, folder) => {
      await install(engine, folder);
      const files = { "skill.yaml": versioned("1.1.0"), "runtime/run.lua": loadsOnce(folder), "new.txt": "" };
      writePackage(folder, "demo", files);
    },
    operation: () => ["update", { skillId: "demo" }],
    fails: true,
  },
  {
    name: "an uninstall",
    prepare: async (engine, folder) => {
      await install(engine, folder);
      await engine.skills.disable("demo", { reason: "a marker to be removed" });
    },
    operation: () => ["uninstall", "demo"],
  },
  {
    name: "an uninstall with the data",
    prepare: install,
    operation: () => ["uninstall", "demo", { removeSqlite: true, removeLancedb: true }],
  },
  {
    name: "a disable",
    prepare: install,
    operation: () => ["disable", "demo", { reason: "a test" }],
  },
  {
    name: "a disable with another reason",
    prepare: async (engine, folder) => {
      await install(engine, folder);
      await engine.skills.disable("demo", { reason: "another" });
    },
    operation: () => ["disable", "demo", { reason: "a test" }],
  },
  {
    name: "an enable",
    prepare: async (engine, folder) => {
      await install(engine, folder);
      await engine.skills.disable("demo");
    },
    operation: () => ["enable", "demo"],
  },
];

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** Runs the program in a process of its own. */
function operate(root: SkillRoot, operation: Operation | undefined, killAt?: number): Promise<Outcome> {
  const job = JSON.stringify({ root, options, operation, killAt });
  return new Promise(resolve => {
    const child = execFile(process.execPath, [program, job], (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, output: (stdout + stderr).trim() });
    });
  });
}

/**
 * Kills the program some milliseconds after its operation has begun, unless it has ended by then.
 *
 * @returns how long it lived since
 */
async function killedLater(root: SkillRoot, operation: Operation, afterMs: number): Promise<number> {
  const job = JSON.stringify({ root, options, operation, announce: true });
  const child = spawn(process.execPath, [program, job], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  await once(child.stdout, "data");
  const began = performance.now();
  const enough = new AbortController();
  await Promise.race([ended, sleep(afterMs, undefined, { signal: enough.signal }).catch(() => {})]);
  enough.abort();
  child.kill("SIGKILL");
  await ended;
  return performance.now() - began;
}

/** The same operation without a crash. */
async function operateHere(root: SkillRoot, [action, ...args]: Operation, fails: boolean): Promise<void> {
  const engine = await SkillEngine.create(options);
  try {
    await engine.load([root]);
    const run = engine.skills[action] as (...given: unknown[]) => Promise<unknown>;
    const outcome = Reflect.apply(run, engine.skills, args) as Promise<unknown>;
    if (fails) await assert.rejects(outcome);
    else await outcome;
  } finally {
    await engine.close();
  }
}

/** Everything that an operation is about, but for the times at which it was done. */
async function stateOf(folder: string): Promise<unknown> {
  const skillsDir = join(folder, "rt", "skills");
  const engine = await SkillEngine.create(options);
  try {
    const { failed } = await engine.load([{ name: "ROOT", skillsDir }]);
    return {
      failed,
      answer: await answer(engine),
      // Loading comes first: it settles what was interrupted.
      skills: tree(skillsDir),
      installs: withoutTimes(tree(join(folder, "rt", "state", "installs"))),
      markers: withoutTimes(tree(join(folder, "rt", "state", "skills"))),
      data: tree(join(folder, "rt", "databases")),
      dependencies: tree(join(folder, "rt", "dependencies", "tools")),
    };
  } finally {
    await engine.close();
  }
}

function withoutTimes(files: Record<string, string>): Record<string, string> {
  const entries = Object.entries(files).map(([path, text]) => [
    path,
    text.replace(/(_unix_ms"?:) \d+/, "$1 0"),
  ]);
  return Object.fromEntries(entries);
}

async function prepared(t: TestContext, scene: Scene): Promise<{ folder: string; root: SkillRoot }> {
  const folder = temporaryFolder(t);
  const root = { name: "ROOT", skillsDir: join(folder, "rt", "skills") };
  writeSkill(root.skillsDir, "bystander", answering("1.0.0", "here"));
  const engine = await SkillEngine.create(options);
  await engine.load([root]);
  await scene.prepare(engine, folder);
  await engine.close();
  return { folder, root };
}

for (const scene of scenes) {
  test(`${scene.name} whose process is killed at any step leaves the old state or the new one, and is retried with success`, async t => {
    const { folder, root } = await prepared(t, scene);
    const operation = scene.operation(folder);
    const snapshot = temporaryFolder(t);
    cpSync(folder, snapshot, { recursive: true });
    const restore = () => {
      rmSync(folder, { recursive: true });
      cpSync(snapshot, folder, { recursive: true });
    };

    const before = await stateOf(folder);
    const whole = await operate(root, operation);
    assert.deepEqual([whole.code, whole.signal], [0, null], whole.output);
    const steps = Number(whole.output.split("\n").at(-1));
    const after = await stateOf(folder);
    assert.equal(isDeepStrictEqual(after, before), scene.fails === true);

    const outcomes = { old: 0, new: 0 };
    for (let step = 1; step <= steps; step += 1) {
      restore();
      const killed = await operate(root, operation, step);
      assert.equal(killed.signal, "SIGKILL", `step ${step}: ${killed.output}`);
      const found = await stateOf(folder);
      const isOld = isDeepStrictEqual(found, before);
      assert.ok(isOld || isDeepStrictEqual(found, after), `step ${step}: ${inspect(found, { depth: 5 })}`);
      assert.deepEqual(litter({ root, state: join(folder, "rt", "state") }), [], `step ${step}`);
      outcomes[isOld ? "old" : "new"] += 1;
      if (!isOld) continue;
      await operateHere(root, operation, scene.fails === true);
      assert.deepEqual(await stateOf(folder), after, `step ${step}, tried again`);
    }
    if (!scene.fails) assert.ok(outcomes.old > 0 && outcomes.new > 0);
    t.diagnostic(`${steps} steps: old state ${outcomes.old} times, new state ${outcomes.new} times`);
  });
}

test("a process that is killed at any moment of an update leaves the old state or the new one", async t => {
  const pages = Object.fromEntries(
    Array.from({ length: 150 }, (_, n) => [`help/page-${n}.md`, "text\n".repeat(500)]),
  );
  const scene: Scene = {
    name: "an update of many files",
    prepare: async (engine, folder) => {
      await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "old", pages)) });
      writePackage(folder, "demo", answering("1.1.0", "new", { ...pages, "help/new.md": "new" }));
    },
    operation: () => ["update", { skillId: "demo" }],
  };
  const { folder, root } = await prepared(t, scene);
  const snapshot = temporaryFolder(t);
  cpSync(folder, snapshot, { recursive: true });
  const before = await stateOf(folder);
  await operateHere(root, scene.operation(folder), false);
  const after = await stateOf(folder);
  const restore = () => {
    rmSync(folder, { recursive: true });
    cpSync(snapshot, folder, { recursive: true });
  };
  restore();
  // How long it takes on this machine now, so that the moments lie all over it.
  const wholeMs = await killedLater(root, scene.operation(folder), 60_000);
  const outcomes = { old: 0, new: 0 };
  for (let round = 0; round < rounds; round += 1) {
    restore();
    await killedLater(root, scene.operation(folder), (wholeMs * round) / rounds);
    const found = await stateOf(folder);
    const isOld = isDeepStrictEqual(found, before);
    assert.ok(isOld || isDeepStrictEqual(found, after), `round ${round}: ${inspect(found, { depth: 1 })}`);
    assert.deepEqual(litter({ root, state: join(folder, "rt", "state") }), [], `round ${round}`);
    outcomes[isOld ? "old" : "new"] += 1;
  }
  t.diagnostic(`old state ${outcomes.old} times, new state ${outcomes.new} times`);
});
