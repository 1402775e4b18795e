// The command line as a process of its own.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "../skills/skill-tree.js";

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `luaskills ARGS` to its end. */
export function luaskills(
  args: string[],
  { input = "", cwd }: { input?: string; cwd?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(repository, "dist", "cli", "main.js"), ...args], { cwd });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", text => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", text => {
      err += text;
    });
    child.on("error", reject).on("close", code => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}
