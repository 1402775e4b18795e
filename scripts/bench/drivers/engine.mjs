import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { SkillEngine } from "luaskills";

/**
 * A SkillEngine with one skill, made in a temporary folder that goes with `close()`.
 *
 * @param entries by name, the body of the entry's file: a chunk that returns the handler
 * @param options of the engine
 * @param blocks further lines of the manifest
 * @returns the engine, and the canonical name of each entry
 */
export async function openSkill(entries, options, blocks = "") {
  const folder = mkdtempSync(path.join(os.tmpdir(), "luaskills-bench-"));
  const runtime = path.join(folder, "skills/bench/runtime");
  mkdirSync(runtime, { recursive: true });
  const names = {};
  let manifest = `name: Bench\nversion: 1.0.0\n${blocks}entries:\n`;
  for (const [name, code] of Object.entries(entries)) {
    writeFileSync(path.join(runtime, `${name}.lua`), code);
    manifest += `  - name: ${name}\n    description: One short entry.\n`;
    manifest += `    lua_entry: runtime/${name}.lua\n    lua_module: bench_${name}\n`;
    names[name] = `bench-${name}`;
  }
  writeFileSync(path.join(folder, "skills/bench/skill.yaml"), manifest);
  const engine = await SkillEngine.create(options);
  const report = await engine.load([{ name: "ROOT", skillsDir: path.join(folder, "skills") }]);
  if (report.failed.length > 0)
    throw new Error(`the benchmark's skill failed to load: ${report.failed[0].error}`);
  return {
    engine,
    names,
    folder,
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `openSkill` with a single entry: the engine, its name, and `close()`. */
export async function openEngine(code) {
  const { engine, names, close } = await openSkill({ entry: code });
  return { engine, name: names.entry, close };
}
