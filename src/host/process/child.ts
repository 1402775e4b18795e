// One child process at the head of its own tree, with pipes or the null device where the host has its standard streams.

import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { getSystemErrorMap } from "node:util";
import { ChildStreams, type Wiring } from "./child-streams.js";
import type { LiveTrees, Tree } from "./live-trees.js";
import { killTree } from "./process-tree.js";
import type { Spawner } from "./spawner.js";

/** What to start, and where. Plain data, so that it can be sent to another thread. */
export interface Launch {
  file: string;
  args: string[];
  /** The arguments are quoted already (Windows). */
  verbatim: boolean;
  /** Absolute. */
  cwd: string;
  /** Added to the environment of the host. */
  env: Record<string, string>;
}

/** How a process ended. */
export type Exit = { code: number } | { signal: NodeJS.Signals };

/** Variables of the host and, instead or in addition, those of the launch. Windows knows names in one case only. */
export function mergedEnvironment(
  inherited: NodeJS.ProcessEnv,
  added: Record<string, string>,
  platform: NodeJS.Platform,
): NodeJS.ProcessEnv {
  if (platform !== "win32") return { ...inherited, ...added };
  const replaced = new Set(Object.keys(added).map(name => name.toUpperCase()));
  const kept = Object.entries(inherited).filter(([name]) => !replaced.has(name.toUpperCase()));
  return { ...Object.fromEntries(kept), ...added };
}

/** The number of a signal, as C programs know it. */
export function signalNumber(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}

/** The process was never there. The message says why, and begins with `failed to spawn process`. */
export class SpawnError extends Error {
  override readonly name = "SpawnError";
}

export class Child implements Tree {
  readonly #process: ChildProcess;
  readonly #streams: ChildStreams;
  /** Settles once the process runs, or rejects with SpawnError. */
  readonly started: Promise<void>;
  /** When the process has ended. Never settles when it never started. */
  readonly exited: Promise<Exit>;
  /** When it has ended and nobody holds its pipes any more. */
  readonly closed: Promise<Exit>;
  #exit: Exit | undefined;
  #closed = false;

  /** @throws SpawnError */
  constructor(launch: Launch, wiring: Wiring, { trees, pipes }: Spawner) {
    let streams: ChildStreams | undefined;
    try {
      streams = new ChildStreams(wiring, pipes);
      this.#process = spawn(launch.file, launch.args, {
        cwd: launch.cwd,
        env: mergedEnvironment(process.env, launch.env, process.platform),
        stdio: streams.stdio,
        // Its own session and process group, which is what can be ended as a whole. On Windows it would be a new console.
        detached: process.platform !== "win32",
        windowsHide: true,
        windowsVerbatimArguments: launch.verbatim,
      });
    } catch (error) {
      streams?.abandon();
      throw spawnError(launch, error as NodeJS.ErrnoException);
    }
    streams.connect(this.#process);
    this.#streams = streams;
    const child = this.#process;
    this.started = new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.on("error", error => {
        this.#destroyStreams();
        reject(spawnError(launch, error));
      });
    });
    this.exited = new Promise(resolve => {
      child.once("exit", (code, signal) => {
        this.#exit = signal !== null ? { signal } : { code: code ?? 0 };
        streams.stdin?.destroy();
        resolve(this.#exit);
      });
    });
    this.closed = this.#whenClosed(trees);
    // Writing to a process that has ended is an error of the write, which whoever wrote hears of.
    streams.stdin?.on("error", () => {});
    if (child.pid !== undefined) trees.add(this);
  }

  async #whenClosed(trees: LiveTrees): Promise<Exit> {
    const ends = this.#streams.outputs.map(stream => new Promise(resolve => stream.once("close", resolve)));
    const [exit] = await Promise.all([this.exited, ...ends]);
    this.#closed = true;
    trees.delete(this);
    return exit;
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Undefined when the child has the null device. */
  get stdin(): Writable | undefined {
    return this.#streams.stdin;
  }

  get stdout(): Readable {
    return this.#streams.stdout as Readable;
  }

  /** Undefined when the child has the host's. */
  get stderr(): Readable | undefined {
    return this.#streams.stderr;
  }

  /** Ends the process and everything it started, if it runs or somebody holds its pipes. */
  kill(): void {
    if (!this.#closed) this.killTree();
  }

  /**
   * Ends the process and everything it started, also what lived on without it. What is in the pipes can still be read;
   * `closed` settles soon even if a process that cannot be found holds them.
   */
  killTree(): void {
    if (this.pid === undefined) return;
    killTree(this.pid);
    if (this.#closed) return;
    setTimeout(() => this.#destroyStreams(), 250).unref();
  }

  #destroyStreams(): void {
    this.#streams.stdin?.destroy();
    for (const stream of this.#streams.outputs) stream.destroy();
  }
}

function spawnError(launch: Launch, error: NodeJS.ErrnoException): SpawnError {
  const text = (error.errno !== undefined && getSystemErrorMap().get(error.errno)?.[1]) || error.message;
  // The system says ENOENT of the program when it is the folder that is missing.
  const folder = statSync(launch.cwd, { throwIfNoEntry: false })?.isDirectory();
  const subject = folder ? launch.file : `working directory ${launch.cwd}`;
  return new SpawnError(
    `failed to spawn process: ${subject}: ${text}${error.code ? ` (${error.code})` : ""}`,
    {
      cause: error,
    },
  );
}
