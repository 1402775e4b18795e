import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { SkillEngine } from "luaskills";
import { createSkillFolders } from "../drivers/skill-folders.mjs";
import { percentile } from "../statistics.mjs";
import { atMost, costs, stated } from "../verdict.mjs";

const skills = 200;
const entries = 5;

/** Milliseconds between turns of the event loop while `work` runs. */
async function turnsDuring(work) {
  const gaps = [];
  let last = performance.now();
  let running = true;
  const turn = () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  running = false;
  return gaps;
}

/** Loads as many skills. Every call gets a VM of its own, because the pool closes a VM that nobody uses. */
async function callOnFreshVms(count) {
  const folders = createSkillFolders(count, entries);
  const engine = await SkillEngine.create({ pool: { minSize: 0, idleTtlMs: 0 } });
  await engine.load([{ name: "ROOT", skillsDir: folders.skillsDir }]);
  const microseconds = [];
  for (let i = 0; i < 300; i++) {
    while (engine.stats().pool.total > 0) await setTimeout(1);
    const start = performance.now();
    const { contentLines } = engine.callSync("skill-0-entry-0", { path: "x" });
    microseconds.push((performance.now() - start) * 1e3);
    assert.equal(contentLines, 10);
  }
  assert.equal(engine.stats().pool.created, 300);
  await engine.close();
  folders.remove();
  return { microseconds: percentile(microseconds, 0.5) };
}

export default {
  title: `Loading ${skills} skills of ${entries} entries`,
  note: "Cold: the first load of a fresh process; the files are in the system's cache. Turns of the event loop are timed by setImmediate.",
  rounds: 5,
  trials: {
    async cold() {
      const folders = createSkillFolders(skills, entries);
      const engine = await SkillEngine.create();
      const start = performance.now();
      const { loaded } = await engine.load([{ name: "ROOT", skillsDir: folders.skillsDir }]);
      const milliseconds = performance.now() - start;
      assert.equal(loaded.length, skills);
      assert.equal(engine.entries().length, skills * entries);
      const again = performance.now();
      await engine.reload();
      const reload = performance.now() - again;
      await engine.close();
      folders.remove();
      return { milliseconds, reload };
    },
    async turns() {
      const folders = createSkillFolders(skills, entries);
      const engine = await SkillEngine.create();
      const gaps = await turnsDuring(() => engine.load([{ name: "ROOT", skillsDir: folders.skillsDir }]));
      await engine.close();
      folders.remove();
      return { p99: percentile(gaps, 0.99), longest: percentile(gaps, 1) };
    },
    few: () => callOnFreshVms(1),
    many: () => callOnFreshVms(skills),
  },
  report: ({ cold, turns, few, many }) => [
    atMost("first load", "ms", cold.milliseconds, 300),
    stated("reload", "ms", cold.reload),
    stated("turn of the event loop meanwhile, p99", "ms", turns.p99),
    stated("turn of the event loop meanwhile, longest", "ms", turns.longest),
    costs("callSync on a fresh VM", "µs", many.microseconds, "1 skill loaded", few.microseconds, 1.2),
  ],
};
