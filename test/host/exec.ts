// Runs Lua in exec VMs.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { SkillEngine, SkillEngineOptions } from "luaskills";
import { createEngine, temporaryFolder } from "../skills/skill-tree.js";

export interface ExecBench {
  readonly engine: SkillEngine;
  /** The directory of every run, and `args.folder` there. */
  readonly folder: string;
  /** What the code returns, or `error: ` and the first line of what it raised. */
  run(code: string): Promise<unknown>;
  /** The lines that the code printed. */
  printed(code: string): Promise<string[]>;
}

export async function execBench(t: TestContext, options?: SkillEngineOptions): Promise<ExecBench> {
  const engine = await createEngine(t, options);
  const folder = temporaryFolder(t);
  // The directory of an exec is that of its file.
  const file = join(folder, ".main.lua");
  const report = (code: string) => {
    const source = `
      local args = { folder = ${JSON.stringify(folder)} }
      local ok, value = pcall(function() ${code} end)
      if not ok then value = "error: " .. tostring(value):match("^[^\\n]*") end
      return vulcan.json.encode({ value = value })`;
    writeFileSync(file, source);
    return engine.execLua({ file });
  };
  return {
    engine,
    folder,
    run: async code => {
      const text = fenced(await report(code), "Returned Values");
      return (JSON.parse(text) as { value?: unknown }).value;
    },
    printed: async code => fenced(await report(code), "Printed Output").split("\n"),
  };
}

/** The text in the first fence of a section of a report. */
function fenced(report: string, section: string): string {
  const found = new RegExp(`## ${section}\\n[^\`]*\`\`\`text\\n([^]*?)\\n\`\`\``).exec(report);
  if (found?.[1] === undefined) throw new Error(`no ${section} in:\n${report}`);
  return found[1];
}
