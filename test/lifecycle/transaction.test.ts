import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { rootState, skillDir } from "#dist/lifecycle/root-state.js";
import {
  type Journal,
  journalStamp,
  readJournal,
  writeJournal,
} from "#dist/lifecycle/transactions/journal.js";
import { RootStates } from "#dist/lifecycle/transactions/root-states.js";
import { Transaction } from "#dist/lifecycle/transactions/transaction.js";
import { resolvePaths } from "#dist/packages/paths.js";
import { temporaryFolder } from "../skills/skill-tree.js";
import { tree } from "./runtime.js";

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A root with the folder of a skill, a record, and new ones of both beside them. */
function scene(t: TestContext) {
  const folder = temporaryFolder(t);
  const paths = resolvePaths({});
  const root = { name: "ROOT", skillsDir: join(folder, "skills") };
  const state = rootState(paths, root);
  const target = skillDir(state, "demo");
  const staged = join(state.dir, "staging", "x");
  const backup = join(state.dir, "backup", "x");
  const record = join(state.dir, "installs", "demo.yaml");
  write(join(target, "skill.yaml"), "old");
  write(record, "old");
  write(join(staged, "demo", "skill.yaml"), "new");
  write(join(staged, "record.yaml"), "new");
  const journal: Omit<Journal, "id" | "decided"> = {
    action: "update",
    skillId: "demo",
    replacements: [
      { target, staged: join(staged, "demo"), backup: join(backup, "demo") },
      { target: record, staged: join(staged, "record.yaml"), backup: join(backup, "record.yaml") },
    ],
    folders: [staged, backup],
    removes: ["stale_dependencies"],
  };
  const found = () => {
    const { "transaction/journal.json": _, ...files } = tree(state.dir);
    return { skills: tree(root.skillsDir), state: files };
  };
  return { folder, paths, root, state, journal, found };
}

const old = { skills: { "demo/skill.yaml": "old" }, state: { "installs/demo.yaml": "old" } };
const fresh = { skills: { "demo/skill.yaml": "new" }, state: { "installs/demo.yaml": "new" } };

/** Stands for a crash: nothing after it is done. */
class Crash extends Error {}

/** Runs until the n-th step is on the disk. @returns false when there are fewer steps */
async function crashesAt(n: number, run: (told: () => void) => Promise<void>): Promise<boolean> {
  let steps = 0;
  try {
    await run(() => {
      steps += 1;
      if (steps === n) throw new Crash();
    });
    return false;
  } catch (error) {
    assert.ok(error instanceof Crash);
    return true;
  }
}

test("a recovery that is interrupted itself, at any step, is done by the next one", async t => {
  let points = 0;
  for (const decided of [false, true]) {
    for (let first = 1; ; first += 1) {
      const { state, journal, found } = scene(t);
      const transaction = await Transaction.begin(state, journal, () => {});
      await transaction.apply();
      if (decided) await transaction.decide();
      const recover = async (told: () => void) => {
        const read = await readJournal(state);
        if (read === undefined) return;
        const resumed = Transaction.resume(state, read, told);
        if (!read.decided) await resumed.undo();
        await resumed.end();
      };
      const crashed = await crashesAt(first, recover);
      await recover(() => {});
      assert.deepEqual(found(), decided ? fresh : old);
      if (!crashed) break;
      points += 1;
    }
  }
  t.diagnostic(`${points} steps`);
  assert.ok(points > 8);
});

test("a transaction that is undone after any of its steps brings back what was there", async t => {
  for (let step = 1; ; step += 1) {
    const { state, journal, found } = scene(t);
    const crashed = await crashesAt(step, async told => {
      const transaction = await Transaction.begin(state, journal, told);
      await transaction.apply();
    });
    const read = await readJournal(state);
    assert.ok(read);
    const resumed = Transaction.resume(state, read, () => {});
    await resumed.undo();
    await resumed.end();
    assert.deepEqual(found(), old);
    if (!crashed) break;
  }
});

test("a journal is read as it was written, also after the runtime folder was moved", async t => {
  const { state, journal, folder, paths } = scene(t);
  await writeJournal(state, { ...journal, id: "1", decided: true });
  assert.deepEqual(await readJournal(state), { ...journal, id: "1", decided: true });
  const moved = temporaryFolder(t);
  renameSync(state.dir, join(moved, "state"));
  const elsewhere = rootState(paths, { name: "ROOT", skillsDir: join(moved, "skills") });
  const read = await readJournal(elsewhere);
  assert.equal(read?.replacements[0]?.target, join(moved, "skills", "demo"));
  assert.ok(!read?.folders.some(path => path.startsWith(folder)));
});

test("the stamp of a root differs once a transaction has begun or ended", async t => {
  const { state, journal } = scene(t);
  const stamps = [await journalStamp(state)];
  const transaction = await Transaction.begin(state, journal, () => {});
  stamps.push(await journalStamp(state));
  await transaction.end();
  stamps.push(await journalStamp(state));
  assert.equal(new Set(stamps).size, 3);
});

test("what nobody can recover is told by the load and refused by operations, and the journal stays", async t => {
  const { state, paths, root } = scene(t);
  write(join(state.journalDir, "journal.json"), "{ no journal");
  const warnings: string[] = [];
  using states = new RootStates(
    paths,
    async () => {},
    message => warnings.push(message),
  );
  const [unsettled] = await states.settle([root]);
  assert.match(unsettled?.problem ?? "", /journal .*journal\.json cannot be read/);
  assert.equal(unsettled?.skillId, undefined);
  assert.equal(warnings.length, 1);
  await assert.rejects(states.lock(root), { code: "SKILL_STATE", message: /journal\.json cannot be read/ });
  assert.equal(existsSync(join(state.journalDir, "journal.json")), true);
});

test("settling a root on which nobody worked writes nothing", async t => {
  const folder = temporaryFolder(t);
  const root = { name: "ROOT", skillsDir: join(folder, "skills") };
  using states = new RootStates(
    resolvePaths({}),
    async () => {},
    () => assert.fail("there is nothing to tell"),
  );
  assert.deepEqual(await states.settle([root]), []);
  assert.deepEqual(tree(folder), {});
  assert.equal(existsSync(join(folder, "state")), false);
});
