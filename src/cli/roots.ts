// --root NAME=DIR, and the engine that serves those roots for the length of one command.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { LoadReport, SkillEngine, SkillRoot } from "../index.js";
import { OperationError, UsageError } from "./failure.js";
import type { Terminal } from "./terminal.js";

/** Commander's argument processor: adds one root to those given before. */
export function collectRoot(text: string, previous: SkillRoot[] = []): SkillRoot[] {
  const at = text.indexOf("=");
  const name = text.slice(0, at).trim();
  const dir = text.slice(at + 1).trim();
  if (at === -1 || name === "" || dir === "") {
    throw new InvalidArgumentError("Expected NAME=DIR, for instance ROOT=./skills.");
  }
  return [...previous, { name, skillsDir: resolve(dir) }];
}

/**
 * Loads the roots into an engine, runs a command on it and closes it. What the load left out is told on the error
 * stream, and so is what skills print and log meanwhile.
 */
export async function withEngine<T>(
  roots: SkillRoot[] | undefined,
  terminal: Terminal,
  run: (engine: SkillEngine, report: LoadReport) => Promise<T>,
): Promise<T> {
  if (roots === undefined) {
    throw new UsageError(
      "no skill root given",
      "pass one or more --root NAME=DIR, for instance --root ROOT=./skills",
    );
  }
  for (const { name, skillsDir } of roots) {
    if (!statSync(skillsDir, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError(
        `root ${name}: there is no folder ${skillsDir}`,
        "check the DIR part of --root NAME=DIR",
      );
    }
  }
  const { SkillEngine } = await loadPackage();
  await using engine = await SkillEngine.create();
  const report = await engine.load(roots);
  for (const { skillId, error } of report.failed) terminal.err(`skill ${skillId} was not loaded: ${error}\n`);
  engine.on("log", ({ message, skillId }) => {
    terminal.err(skillId === undefined ? `${message}\n` : `${skillId}: ${message}\n`);
  });
  return await run(engine, report);
}

/** The package, with the addon: what works without it (`doctor`, `--help`) does not load it. */
async function loadPackage(): Promise<typeof import("../index.js")> {
  try {
    return await import("../index.js");
  } catch (error) {
    throw new OperationError("ADDON", (error as Error).message, "`luaskills doctor` shows what is there");
  }
}
