import assert from "node:assert/strict";
import { test } from "node:test";
import { TurnQueue } from "#dist/databases/scheduling/turn-queue.js";

/** A queue over numbered slots, whose tasks run until they are released. */
function queueOf(count: number) {
  const free = Array.from({ length: count }, (_, i) => i);
  const queue = new TurnQueue<number>({
    take: preferred => {
      const index = Math.max(preferred === undefined ? 0 : free.indexOf(preferred), 0);
      return free.splice(index, 1)[0];
    },
    give: slot => free.push(slot),
  });
  const log: string[] = [];
  const releases = new Map<string, () => void>();
  const add = (name: string) =>
    queue.add({
      owner: name.charAt(0),
      run: slot => {
        log.push(`${name} on ${slot}`);
        return new Promise(resolve => releases.set(name, resolve));
      },
    });
  const release = async (name: string) => {
    releases.get(name)?.();
    await new Promise(setImmediate);
  };
  return { queue, add, release, log, free };
}

test("tasks of one owner run one after the other, in their order", async () => {
  const { add, release, log } = queueOf(3);
  add("a1");
  add("a2");
  add("a3");
  assert.deepEqual(log, ["a1 on 0"]);
  await release("a1");
  await release("a2");
  assert.deepEqual(log, ["a1 on 0", "a2 on 0", "a3 on 0"]);
});

test("tasks of different owners run side by side as far as there are slots", async () => {
  const { add, release, log } = queueOf(2);
  for (const name of ["a1", "b1", "c1", "d1"]) add(name);
  assert.deepEqual(log, ["a1 on 0", "b1 on 1"]);
  await release("b1");
  assert.deepEqual(log.slice(2), ["c1 on 1"]);
  await release("c1");
  assert.deepEqual(log.slice(3), ["d1 on 1"]);
});

test("an owner with many tasks does not hold up the others", async () => {
  const { add, release, log } = queueOf(1);
  for (const name of ["a1", "a2", "a3", "b1"]) add(name);
  await release("a1");
  await release("b1");
  assert.deepEqual(log, ["a1 on 0", "b1 on 0", "a2 on 0"]);
});

test("an owner gets the slot it had, when it is free", async () => {
  const { add, release, log } = queueOf(2);
  add("a1");
  add("b1");
  await release("b1");
  await release("a1");
  add("b2");
  assert.equal(log.at(-1), "b2 on 1");
});

test("a task is taken out before it runs, and not afterwards", async () => {
  const { add, release, log, free } = queueOf(1);
  const running = add("a1");
  const waiting = add("a2");
  const other = add("b1");
  assert.equal(running(), false);
  assert.equal(waiting(), true);
  assert.equal(waiting(), false);
  assert.equal(other(), true);
  await release("a1");
  assert.deepEqual(log, ["a1 on 0"]);
  assert.deepEqual(free, [0]);
});

test("an owner is forgotten only when it has no task", async () => {
  const { queue, add, release, log } = queueOf(2);
  add("a1");
  add("a2");
  queue.forget("a");
  await release("a1");
  assert.equal(log.at(-1), "a2 on 0");
  await release("a2");
  queue.forget("a");
  queue.forget("nobody");
  add("a3");
  assert.match(String(log.at(-1)), /^a3/);
});
