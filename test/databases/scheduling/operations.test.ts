import assert from "node:assert/strict";
import { test } from "node:test";
import { Operations } from "#dist/databases/scheduling/operations.js";

const alive = new AbortController().signal;

function oneSlot() {
  let isFree = true;
  return new Operations<string>({
    take: () => {
      if (!isFree) return undefined;
      isFree = false;
      return "slot";
    },
    give: () => {
      isFree = true;
    },
  });
}

test("an operation gives what it returns and throws what it throws", async () => {
  const operations = oneSlot();
  const ok = operations.perform({ owner: "a", name: "x", run: async slot => slot }, alive);
  assert.equal(await ok, "slot");
  const run = async () => {
    throw new Error("failed");
  };
  await assert.rejects(operations.perform({ owner: "a", name: "x", run }, alive), { message: "failed" });
  // What throws before there is a promise frees the slot as well.
  const throws = () => {
    throw new Error("at once");
  };
  await assert.rejects(operations.perform({ owner: "a", name: "x", run: throws }, alive), {
    message: "at once",
  });
  assert.equal(await operations.perform({ owner: "b", name: "x", run: async () => 1 }, alive), 1);
});

test("a signal takes a waiting operation out", async () => {
  const operations = oneSlot();
  let release = () => {};
  const first = operations.perform(
    { owner: "a", name: "first", run: () => new Promise<void>(resolve => (release = resolve)) },
    alive,
  );
  const controller = new AbortController();
  const run = () => assert.fail("must not run");
  const second = operations.perform({ owner: "a", name: "sqlite.second", run }, controller.signal);
  controller.abort();
  await assert.rejects(second, { message: "sqlite.second: the call has ended" });
  release();
  await first;
});

test("a signal cuts a running operation loose and has it interrupted; its slot stays taken until it has ended", async () => {
  const operations = oneSlot();
  const controller = new AbortController();
  let release = () => {};
  let interrupted = 0;
  const first = operations.perform(
    {
      owner: "a",
      name: "first",
      run: () => new Promise<void>(resolve => (release = resolve)),
      interrupt: () => {
        interrupted += 1;
      },
    },
    controller.signal,
  );
  let ran = false;
  const run = async () => {
    ran = true;
  };
  const second = operations.perform({ owner: "b", name: "second", run }, alive);
  controller.abort();
  await assert.rejects(first, /the call has ended/);
  assert.equal(interrupted, 1);
  assert.equal(ran, false);
  release();
  await second;
  assert.equal(ran, true);
});

test("a call that has ended starts nothing", async () => {
  const operations = oneSlot();
  const run = () => assert.fail("must not run");
  await assert.rejects(operations.perform({ owner: "a", name: "x", run }, AbortSignal.abort()), /has ended/);
});

test("closing cuts everything loose and refuses what comes later", async () => {
  const operations = oneSlot();
  const never = () => new Promise<never>(() => {});
  const running = operations.perform({ owner: "a", name: "running", run: never }, alive);
  const waiting = operations.perform({ owner: "a", name: "waiting", run: never }, alive);
  operations.close();
  await assert.rejects(running, { message: "the engine was closed" });
  await assert.rejects(waiting, { message: "the engine was closed" });
  await assert.rejects(operations.perform({ owner: "a", name: "late", run: never }, alive), {
    message: "late: the engine is closed",
  });
  assert.equal(operations.isClosed, true);
});
