import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { WorkerThread } from "#dist/databases/scheduling/worker-thread.js";
import { repository } from "../../skills/skill-tree.js";

const script = pathToFileURL(join(repository, "test", "fixtures", "databases", "worker.mjs"));
const graceMs = 5_000;

function startThread(t: TestContext): WorkerThread {
  const thread = new WorkerThread(script, "tests");
  t.after(() => thread.terminate());
  return thread;
}

test("each request gets its own answer", async t => {
  const thread = startThread(t);
  const later = thread.ask({ do: "later", value: 1 });
  assert.equal(await thread.ask({ do: "echo", value: 2 }), 2);
  assert.equal(await later, 1);
  await assert.rejects(thread.ask({ do: "throw" }), { message: "thrown" });
  await assert.rejects(thread.ask({ do: "reject" }), { message: "rejected" });
});

test("bytes come back whole, moved or copied", async t => {
  const thread = startThread(t);
  const bytes = Uint8Array.from([1, 2, 3, 4]);
  assert.deepEqual(await thread.ask({ do: "echo", value: bytes }), bytes);
  assert.deepEqual(await thread.ask({ do: "echo", value: bytes.subarray(1, 3) }), Uint8Array.from([2, 3]));
  assert.deepEqual(bytes, Uint8Array.from([1, 2, 3, 4]));
});

test("what waits is told when the thread ends, and what comes later too", async t => {
  const thread = startThread(t);
  const waiting = thread.ask({ do: "hang" });
  const ended = { message: "the thread for tests has ended: it ended with code 3" };
  const dying = thread.ask({ do: "die" });
  await assert.rejects(waiting, ended);
  await assert.rejects(dying, ended);
  assert.equal(thread.isGone, true);
  await assert.rejects(thread.ask({ do: "echo" }), ended);
});

test("a script that does not load is an error of the first request", async t => {
  const thread = new WorkerThread(new URL("./none.mjs", script), "nothing");
  t.after(() => thread.terminate());
  await assert.rejects(thread.ask({ do: "echo" }), /the thread for nothing has ended: .*none\.mjs/);
});

test("a thread leaves when it is told to, or is ended", async t => {
  const thread = startThread(t);
  assert.equal(await thread.leave({ do: "close" }, graceMs), true);
  assert.equal(thread.isGone, true);
  const stubborn = startThread(t);
  assert.equal(await stubborn.leave({ do: "hang" }, 20), false);
  assert.equal(stubborn.isGone, false);
  await stubborn.terminate();
  assert.equal(stubborn.isGone, true);
});
