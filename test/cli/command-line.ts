// `luaskills ARGS` as a child process without a terminal.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "../skills/skill-tree.js";

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

export interface CommandOptions {
  /** Standard input. */
  input?: string;
  cwd?: string;
  /** Added to the environment; undefined takes a variable away. */
  env?: { [name: string]: string | undefined };
}

export const program = join(repository, "dist", "cli", "main.js");

export function luaskills(args: string[], { input = "", cwd, env }: CommandOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env };
    const child = spawn(process.execPath, [program, ...args], { cwd, env: environment });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", text => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", text => {
      err += text;
    });
    child.on("error", reject).on("close", code => resolve({ code, out, err }));
    // A command that reads nothing may be gone before all is written.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
