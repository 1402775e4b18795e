// Small text files that several processes read and change: a reader always sees a whole version, no change is lost, and
// a process that dies leaves the last whole version behind.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { writeNewFile } from "../files/durable.js";
import { FileLocks, sleepSync } from "../files/file-lock.js";
import { isPassing } from "../files/passing.js";

/** What a change makes of the text of a file (undefined: there is none). Without `text` nothing is written. */
export interface Change<T> {
  text?: string;
  result: T;
}
export type Changer<T> = (before: string | undefined) => Change<T>;

/** Times that a waiting change prepares its text beside the lock; then it does so under it. */
const attempts = 3;
/** Milliseconds after which a temporary file is litter of a process that died. */
const abandonedMs = 60_000;
/** Files may hold secrets of skills; a file that exists keeps its mode. */
const newFileMode = 0o600;

export class SharedTexts implements AsyncDisposable {
  readonly #locks: FileLocks;
  /** Changes of this process queue here, so that only other processes are met at the lock. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(platform: NodeJS.Platform = process.platform) {
    this.#locks = new FileLocks(platform);
  }

  /** The text, or undefined when there is no file. A byte order mark is no part of it. */
  read(path: string): string | undefined {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /**
   * Changes a file. The slow part, getting the new text onto the disk, happens off the JavaScript thread and before the
   * lock is taken; under the lock the file is compared with what the change was made from and replaced, or everything
   * begins anew.
   *
   * @param change called once or more; only what the last call made counts
   */
  change<T>(path: string, change: Changer<T>): Promise<T> {
    const result = this.#last.then(() => this.#change(path, change));
    this.#last = result.catch(() => {});
    return result;
  }

  /** As `change`, on the calling stack. */
  changeSync<T>(path: string, change: Changer<T>): T {
    const target = prepareTarget(path);
    const release = this.#locks.acquireSync(lockFile(target));
    try {
      return this.#changeLocked(target, change);
    } finally {
      release();
    }
  }

  /** Waits for the changes that have begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#locks[Symbol.dispose]();
  }

  async #change<T>(path: string, change: Changer<T>): Promise<T> {
    const target = prepareTarget(path);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const before = this.read(target);
      const { text, result } = change(before);
      if (text === undefined) return result;
      const temporary = temporaryFile(target);
      let done = false;
      try {
        await writeNewFile(temporary, text, modeOf(target));
        const release = await this.#locks.acquire(lockFile(target));
        try {
          done = this.read(target) === before && replaced(temporary, target);
          if (done) removeAbandoned(target);
        } finally {
          release();
        }
      } finally {
        if (!done) rmSync(temporary, { force: true });
      }
      if (done) return result;
    }
    const release = await this.#locks.acquire(lockFile(target));
    try {
      return this.#changeLocked(target, change);
    } finally {
      release();
    }
  }

  #changeLocked<T>(target: string, change: Changer<T>): T {
    const { text, result } = change(this.read(target));
    if (text === undefined) return result;
    const temporary = temporaryFile(target);
    try {
      writeDurablySync(temporary, text, modeOf(target));
      replace(temporary, target);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    removeAbandoned(target);
    return result;
  }
}

/** The file behind links, in a folder that exists: replacing must hit the file, and one file has one lock. */
function prepareTarget(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  try {
    return realpathSync.native(path);
  } catch {
    return join(realpathSync.native(dirname(path)), basename(path));
  }
}

function lockFile(target: string): string {
  return `${target}.lock`;
}

function temporaryFile(target: string): string {
  return `${target}.${randomBytes(8).toString("hex")}.tmp`;
}

function isTemporaryFile(name: string, target: string): boolean {
  const start = `${basename(target)}.`;
  return name.startsWith(start) && /^[0-9a-f]{16}\.tmp$/.test(name.slice(start.length));
}

function modeOf(target: string): number {
  const stats = statSync(target, { throwIfNoEntry: false });
  return stats === undefined ? newFileMode : stats.mode & 0o777;
}

function writeDurablySync(path: string, text: string, mode: number): void {
  const file = openSync(path, "wx", mode);
  try {
    if (mode !== newFileMode) fchmodSync(file, mode);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** False when the temporary file is gone: somebody took this process for dead. */
function replaced(temporary: string, target: string): boolean {
  try {
    replace(temporary, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function replace(temporary: string, target: string): void {
  for (let pause = 1; ; pause *= 2) {
    try {
      renameSync(temporary, target);
      return;
    } catch (error) {
      if (pause > 64 || !isPassing(process.platform, (error as NodeJS.ErrnoException).code)) throw error;
      sleepSync(pause);
    }
  }
}

/** Removes what processes that died while they wrote have left behind. */
function removeAbandoned(target: string): void {
  const folder = dirname(target);
  for (const name of readdirSync(folder)) {
    if (!isTemporaryFile(name, target)) continue;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > abandonedMs) rmSync(path, { force: true });
  }
}
