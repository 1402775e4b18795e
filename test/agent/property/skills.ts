// Real VMs among the tools of a run: an entry that answers, and one that waits until it is its turn.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SkillEngine } from "luaskills";
import { manifest, writeSkill } from "../../skills/skill-tree.js";
import type { World } from "./world.js";

export class SkillsUnderTest {
  readonly engine: SkillEngine;
  readonly #folder: string;
  /** In which entries wait. */
  world: World | undefined;

  static async open(): Promise<SkillsUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), "luaskills-test-"));
    writeSkill(folder, "lua", {
      "skill.yaml": manifest(["quick", "waits", "fails"]),
      "runtime/quick.lua": "return function() return 'quick' end",
      "runtime/waits.lua": "return function() vulcan.host.call('pause', {}) return 'waited' end",
      "runtime/fails.lua": "return function() vulcan.host.call('pause', {}) error('failed') end",
    });
    const engine = await SkillEngine.create();
    await engine.load([{ name: "ROOT", skillsDir: folder }]);
    return new SkillsUnderTest(engine, folder);
  }

  private constructor(engine: SkillEngine, folder: string) {
    this.engine = engine;
    this.#folder = folder;
    engine.registerHostTool("pause", {
      description: "waits",
      call: async () => {
        await this.world?.pause();
        return null;
      },
    });
  }

  get running(): number {
    return this.engine.stats().calls.running;
  }

  get leased(): number {
    return this.engine.stats().pool.leased;
  }

  /** Resolves when no call runs that does not wait for the world. */
  async quiet(): Promise<void> {
    while (this.running > 0 && this.world?.waiting === 0)
      await new Promise(resolve => setTimeout(resolve, 1));
  }

  async close(): Promise<void> {
    await this.engine.close({ drainMs: 0 });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
