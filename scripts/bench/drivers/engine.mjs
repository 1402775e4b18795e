import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { SkillEngine } from "luaskills";

/**
 * A SkillEngine with one skill of one entry, made in a temporary folder that goes with `close()`.
 *
 * @param code body of the entry's module: a chunk that returns the handler
 */
export async function openEngine(code) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "luaskills-bench-"));
  const skill = path.join(folder, "skills/bench");
  mkdirSync(path.join(skill, "runtime"), { recursive: true });
  writeFileSync(
    path.join(skill, "skill.yaml"),
    "name: Bench\nversion: 1.0.0\nentries:\n  - name: entry\n    description: One short entry.\n" +
      "    lua_entry: runtime/entry.lua\n    lua_module: bench_entry\n",
  );
  writeFileSync(path.join(skill, "runtime/entry.lua"), code);
  const engine = await SkillEngine.create();
  const report = await engine.load([{ name: "ROOT", skillsDir: path.join(folder, "skills") }]);
  if (report.failed.length > 0)
    throw new Error(`the benchmark's skill failed to load: ${report.failed[0].error}`);
  return {
    engine,
    name: engine.entries()[0].canonicalName,
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
