// No process of a tree outlives the timeout, abort or end of what started it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { isAlive } from "./alive.js";
import { type LuaBench, luaBench } from "./lua.js";

/**
 * A shell that starts processes in its own group and in others (`timeout` makes one), and writes their numbers to `pids`;
 * the last one written is its own.
 */
const tree = `
  sleep 300 & echo $! >> pids
  sh -c 'sleep 300 & echo $! >> pids; exec sleep 300' & echo $! >> pids
  if command -v timeout > /dev/null; then
    timeout 300 sh -c 'echo $$ >> pids; exec sleep 300' & echo $! >> pids
  else
    sh -c 'echo $$ >> pids; exec sleep 300' & echo $! >> pids
  fi
  sleep 300 > /dev/null 2>&1 < /dev/null & echo $! >> pids
  while [ $(wc -l < pids) -lt 6 ]; do sleep 0.01; done
  echo $$ >> pids
`;
const treeSize = 7;

function pidsIn(folder: string): number[] {
  const file = join(folder, "pids");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** The tree was there as a whole, and all of it is gone. */
async function expectGone(folder: string): Promise<void> {
  const pids = pidsIn(folder);
  assert.equal(pids.length, treeSize);
  await until(() => !pids.some(isAlive));
}

async function benchWithTree(t: TestContext): Promise<LuaBench> {
  const folders: string[] = [];
  // Before the folder goes.
  t.after(() => {
    for (const pid of folders.flatMap(pidsIn)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  const bench = await luaBench(t);
  folders.push(bench.folder);
  return bench;
}

const spec = "{command=args.tree .. 'wait; sleep 300', cwd=args.folder}";
const command = "'cd ' .. args.folder .. ';' .. args.tree .. 'wait; sleep 300'";
/** Lua code that waits until the whole tree is there. */
const grown = `
  local function grown()
    for _ = 1, 1000 do
      local file = io.open(args.folder .. '/pids')
      local _, lines = (file and file:read('*a') or ''):gsub('\\n', '')
      if file then file:close() end
      if lines == ${treeSize} then return end
      vulcan.process.exec('sleep 0.02')
    end
  end `;

for (const kind of ["run", "runSync"] as const) {
  test(`timeout_ms of exec ends the whole tree (${kind})`, async t => {
    const bench = await benchWithTree(t);
    const code = `local spec = ${spec} spec.timeout_ms = 1000 return vulcan.process.exec(spec).timed_out`;
    assert.equal(await bench[kind](code, { tree }), true);
    await expectGone(bench.folder);
  });

  test(`what a call leaves running ends with it (${kind})`, async t => {
    const bench = await benchWithTree(t);
    const code = `${grown} io.popen(${command}) grown() return 'done'`;
    assert.equal(await bench[kind](code, { tree }), "done");
    await expectGone(bench.folder);
  });
}

const started: [what: string, code: string][] = [
  ["exec", `vulcan.process.exec(${spec})`],
  ["os.execute", `os.execute(${command})`],
  ["reading a pipe", `io.popen(${command}):read('*a')`],
  ["closing a pipe", `io.popen(${command}, 'w'):close()`],
  [
    "reading a session",
    `vulcan.process.session.open{program='sh', args={'-c', args.tree .. 'wait'}, cwd=args.folder}:read{timeout_ms=300000, until_text='never'}`,
  ],
];

for (const [what, code] of started) {
  test(`an abort ends the whole tree of ${what}`, async t => {
    const bench = await benchWithTree(t);
    const controller = new AbortController();
    const args = { code, tree, folder: bench.folder };
    const call = bench.engine.call("bench-run", args, { signal: controller.signal });
    const ended = assert.rejects(call, { code: "LUA_ABORTED" });
    await until(() => pidsIn(bench.folder).length === treeSize);
    controller.abort();
    await ended;
    await expectGone(bench.folder);
  });
}

for (const [what, code] of started.filter(([name]) => name !== "reading a session")) {
  test(`the deadline of a synchronous call ends the whole tree of ${what}`, async t => {
    const bench = await benchWithTree(t);
    const args = { code, tree, folder: bench.folder };
    assert.throws(() => bench.engine.callSync("bench-run", args, { timeoutMs: 1000 }), {
      code: "LUA_TIMEOUT",
    });
    await expectGone(bench.folder);
  });
}

test("a synchronous call whose process its deadline ended never ends well", async t => {
  const bench = await benchWithTree(t);
  for (const operation of ["io.popen('sleep 300', 'w'):close()", "os.execute('sleep 300')"]) {
    const args = { code: `${operation} return 'went on'`, folder: bench.folder };
    for (let round = 0; round < 20; round++) {
      assert.throws(() => bench.engine.callSync("bench-run", args, { timeoutMs: 5 + round }), {
        code: "LUA_TIMEOUT",
      });
    }
  }
});

test("the deadline of a call ends the whole tree", async t => {
  const bench = await benchWithTree(t);
  const args = { code: `vulcan.process.exec(${spec})`, tree, folder: bench.folder };
  await assert.rejects(bench.engine.call("bench-run", args, { timeoutMs: 1000 }), { code: "LUA_TIMEOUT" });
  await expectGone(bench.folder);
});

test("closing the engine ends the whole tree", async t => {
  const bench = await benchWithTree(t);
  const call = bench.run(`return vulcan.process.exec(${spec})`, { tree });
  const ended = assert.rejects(call, { code: "ENGINE_CLOSED" });
  await until(() => pidsIn(bench.folder).length === treeSize);
  await bench.engine.close({ drainMs: 0 });
  await ended;
  await expectGone(bench.folder);
});

const openSession = `local s = vulcan.process.session.open{program='sh', args={'-c', args.tree .. args.rest}, cwd=args.folder}`;

test("close of a session ends what is left of its tree, when it has ended and when it has not", async t => {
  for (const rest of ["exit 5", "wait; sleep 300"]) {
    const bench = await benchWithTree(t);
    const code = `${grown} ${openSession} grown() return s:close{timeout_ms=100}`;
    const status = (await bench.run(code, { tree, rest })) as { running: boolean; code?: number };
    assert.equal(status.running, false);
    await expectGone(bench.folder);
  }
});

test("kill of a session ends the whole tree, and the session with it", async t => {
  const bench = await benchWithTree(t);
  const code = `${grown} ${openSession} grown() return { s:kill(), s:status() }`;
  assert.deepEqual(await bench.run(code, { tree, rest: "wait; sleep 300" }), [
    true,
    { running: false, exited: true, success: false },
  ]);
  await expectGone(bench.folder);
});

test("a session that a call leaves open ends with it", async t => {
  const bench = await benchWithTree(t);
  assert.equal(await bench.run(`${grown} ${openSession} grown() return 1`, { tree, rest: "wait" }), 1);
  await expectGone(bench.folder);
});

test("processes that exec leaves behind on purpose live on", async t => {
  const bench = await benchWithTree(t);
  const background = "sleep 300 > /dev/null 2>&1 & echo $! > pids";
  await bench.run("return vulcan.process.exec{command=args.background, cwd=args.folder}", { background });
  await bench.run("return 1");
  const [pid] = pidsIn(bench.folder);
  assert.ok(pid !== undefined && isAlive(pid));
});

test("process.exit of the host ends the trees of its calls", async t => {
  const { folder } = await benchWithTree(t);
  const skills = temporaryFolder(t);
  writeSkill(
    skills,
    "tree",
    "return function(args) vulcan.process.exec{command=args.tree .. 'wait', cwd=args.folder} return '' end",
  );
  const program = fileURLToPath(new URL("../../../test/fixtures/process/exits.mjs", import.meta.url));
  const host = spawn(process.execPath, [program, skills, folder, tree], { stdio: "inherit" });
  assert.equal(await new Promise(resolve => host.once("close", resolve)), 3);
  await expectGone(folder);
});
