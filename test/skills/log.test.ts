import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LogEvent } from "luaskills";
import { pino } from "pino";
import { createEngine, engineWith, repository, temporaryFolder, writeSkills } from "./skill-tree.js";

const talkative = `return function()
  print("printed", 1)
  vulcan.runtime.log("warning", "careful")
  vulcan.runtime.log("error", "failed")
  return "ok"
end`;

test("pino writes what skills say, with the skill as a field, at its own levels", async t => {
  const file = join(temporaryFolder(t), "log");
  const destination = pino.destination({ dest: file, sync: true });
  t.after(() => destination.end());
  const { engine } = await engineWith(t, { demo: talkative }, { logger: pino(destination) });
  await engine.call("demo-run");
  const lines = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map(text => JSON.parse(text));
  assert.deepEqual(
    lines.map(({ level, msg, skillId }) => ({ level, msg, skillId })),
    [
      { level: 30, msg: "[LuaSkill] 1 skills loaded", skillId: undefined },
      { level: 30, msg: "[LuaSkill:info] printed\t1", skillId: "demo" },
      { level: 40, msg: "[LuaSkill:warning] careful", skillId: "demo" },
      { level: 50, msg: "[LuaSkill:error] failed", skillId: "demo" },
    ],
  );
});

test("a logger object is called with fields first, as a method of itself", async t => {
  const calls: unknown[][] = [];
  class Recorder {
    readonly name = "recorder";
    info(...args: unknown[]) {
      calls.push([this.name, "info", ...args]);
    }
    warn(...args: unknown[]) {
      calls.push([this.name, "warn", ...args]);
    }
    error(...args: unknown[]) {
      calls.push([this.name, "error", ...args]);
    }
  }
  const { engine } = await engineWith(t, { demo: talkative }, { logger: new Recorder() });
  calls.length = 0;
  engine.callSync("demo-run");
  assert.deepEqual(calls, [
    ["recorder", "info", { skillId: "demo" }, "[LuaSkill:info] printed\t1"],
    ["recorder", "warn", { skillId: "demo" }, "[LuaSkill:warning] careful"],
    ["recorder", "error", { skillId: "demo" }, "[LuaSkill:error] failed"],
  ]);
});

test("a logger and listeners that fail, at once or later, disturb no call", async t => {
  const { engine } = await engineWith(
    t,
    { demo: talkative },
    {
      logger: () => {
        throw new Error("the disk is full");
      },
    },
  );
  engine.on("log", async () => {
    throw new Error("the network is gone");
  });
  const events: LogEvent[] = [];
  engine.on("log", event => events.push(event));
  assert.equal((await engine.call("demo-run")).content, "ok");
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(events.length, 3);
});

test("what is no logger is refused", async t => {
  const incomplete = { info() {}, warn() {} };
  for (const logger of [null, "console", {}, incomplete, { ...incomplete, error: true }]) {
    await assert.rejects(createEngine(t, { logger: logger as never }), {
      name: "TypeError",
      message: /logger must be a function \(level, message\) or an object with /,
    });
  }
});

test("nothing a skill prints or logs reaches standard output or standard error", async t => {
  const root = temporaryFolder(t);
  writeSkills(root, {
    demo: `return function()
      print("printed")
      vulcan.runtime.log("error", "logged")
      return "ok"
    end`,
    broken: "x x",
  });
  const program = `
    import { SkillEngine } from "luaskills";
    const engine = await SkillEngine.create();
    await engine.load([{ name: "ROOT", skillsDir: ${JSON.stringify(root)} }]);
    const { content } = await engine.call("demo-run");
    process.exitCode = content === "ok" ? 0 : 1;
    await engine.close();
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { cwd: repository });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", chunk => (output += chunk));
  const [code] = await once(child, "close");
  assert.deepEqual({ code, output }, { code: 0, output: "" });
});
