// Programs of test/fixtures/lancedb, each in a process of its own.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** Compiled to build/test/databases/lancedb, the programs stay in the source tree. */
const folder = new URL("../../../../test/fixtures/lancedb/", import.meta.url);

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves when the program has printed so many lines, or has ended. */
  printed(lines: number): Promise<void>;
}

/** It is killed when the test ends before it does. */
export function startProgram(t: TestContext, file: string, ...args: string[]): Program {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, folder)), ...args]);
  t.after(() => child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of waiting) check();
  };
  child.stdout.on("data", chunk => {
    stdout += chunk;
    look();
  });
  child.stderr.on("data", chunk => {
    stderr += chunk;
  });
  let over = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      over = true;
      look();
      resolve({ stdout, stderr, code, signal });
    });
  });
  const printed = (lines: number) =>
    new Promise<void>(resolve => {
      const check = () => {
        if (!over && stdout.split("\n").length <= lines) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { child, ended, printed };
}
