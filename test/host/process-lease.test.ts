// Processes of VMs that are leased: they have a working directory of their own, and what is open stays open between
// evaluations.

import assert from "node:assert/strict";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine, temporaryFolder } from "../skills/skill-tree.js";

async function leaseIn(t: TestContext) {
  const cwd = realpathSync(temporaryFolder(t));
  const engine = await createEngine(t);
  return { cwd, lease: await engine.leases.create({ sid: "s", cwd }) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("everything that starts processes works in the directory of the VM", async t => {
  const { cwd, lease } = await leaseIn(t);
  const cases: [code: string, expected: string][] = [
    ["return vulcan.process.exec('pwd').stdout", cwd],
    ["return vulcan.process.exec{program='pwd'}.stdout", cwd],
    [
      "vulcan.fs.mkdir('inner') return vulcan.process.exec{program='pwd', cwd='inner'}.stdout",
      join(cwd, "inner"),
    ],
    ["return vulcan.process.exec{command='pwd', cwd='/'}.stdout", "/"],
    ["return vulcan.process.session.open{program='pwd'}:read{timeout_ms=60000}.stdout", cwd],
    [
      "return vulcan.process.session.open{program='pwd', cwd='inner'}:read{timeout_ms=60000}.stdout",
      join(cwd, "inner"),
    ],
    ["return io.popen('pwd'):read('*a')", cwd],
    ["os.execute('pwd > where') return vulcan.fs.read('where')", cwd],
    [
      "vulcan.process.exec('echo > tool; chmod +x tool') return vulcan.process.which('./tool')",
      join(cwd, "tool"),
    ],
  ];
  for (const [code, expected] of cases)
    assert.equal(String(await lease.eval(code)).trimEnd(), expected, code);
});

test("sessions stay open between evaluations, and end with the lease", async t => {
  const { cwd, lease } = await leaseIn(t);
  await lease.eval("kept = vulcan.process.session.open{program='sh', args={'-c', 'echo $$ > pid; cat'}}");
  await lease.eval("kept:write('hello')");
  assert.equal(await lease.eval("return kept:read{until_text='hello', timeout_ms=60000}.stdout"), "hello");
  await lease.eval("closed = vulcan.process.session.open{program='cat'} closed:close()");
  assert.equal(await lease.eval("return closed:status().code"), 0);
  const pid = Number(readFileSync(join(cwd, "pid"), "utf8"));
  await lease.close();
  while (isAlive(pid)) await sleep(5);
});
