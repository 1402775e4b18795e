// The engine that serves the roots of a command for its length.

import type { LoadReport, LogEvent, SkillEngine, SkillEngineOptions } from "../index.js";
import { importWithAddon } from "./addon.js";
import type { GlobalOptions } from "./global-options.js";
import { interruptible, unlessAborted } from "./interruption.js";
import { chooseRoots } from "./roots.js";
import type { Terminal } from "./terminal.js";

/** What a command has while it runs. */
export interface Session {
  /** What loading the roots came to. Failures in it were told already. */
  report: LoadReport;
  /** Aborted by Ctrl-C and by signals that ask the process to end: to be passed on to whatever takes its time. */
  signal: AbortSignal;
}

export interface EngineNeeds {
  /** Options of the engine beside the runtime root. */
  engine?: SkillEngineOptions;
  /** The command makes the folders of roots that are not there. Default false: that they are missing is an error. */
  rootsMayBeMissing?: boolean;
  /** Without --root and ./skills there are no skills, which is no failure. */
  rootsOptional?: boolean;
  /** What the engine only mentions is not told: its warnings and errors are, and what skills say. */
  quiet?: boolean;
  /** Instead of the error stream: receives what skills and the engine log. */
  log?: (text: string) => void;
}

/**
 * Loads the roots into an engine, runs a command on it and closes it. What the load left out is told on the error
 * stream, and so is what skills print and log meanwhile; under --json each as a line `{"log": {…}}`.
 *
 * @throws UsageError when there are no roots; Interrupted after a signal; what the engine and `run` throw
 */
export async function withEngine<T>(
  options: GlobalOptions,
  terminal: Terminal,
  run: (engine: SkillEngine, session: Session) => Promise<T>,
  needs: EngineNeeds = {},
): Promise<T> {
  const roots = chooseRoots(options, needs);
  const { SkillEngine } = await importWithAddon(() => import("../index.js"));
  const { runtimeRoot } = options;
  const engine = await SkillEngine.create({
    ...(runtimeRoot === undefined ? {} : { runtimeRoot }),
    ...needs.engine,
  });
  const { log = terminal.err } = needs;
  const tell = (event: LogEvent) => {
    if (needs.quiet && event.level === "info" && event.skillId === undefined) return;
    log(options.json ? `${JSON.stringify({ log: event })}\n` : describe(event));
  };
  return await interruptible(terminal, async signal => {
    try {
      const report = await unlessAborted(engine.load(roots), signal);
      for (const { skillId, error } of report.failed) {
        tell({ level: "error", message: `skill ${skillId} was not loaded: ${error}` });
      }
      engine.on("log", tell);
      return await run(engine, { report, signal });
    } finally {
      // Whoever asks a command to end does not want to wait for what is still running.
      await engine.close(signal.aborted ? { drainMs: 0 } : {});
    }
  });
}

function describe({ message, skillId }: LogEvent): string {
  return skillId === undefined ? `${message}\n` : `${skillId}: ${message}\n`;
}
