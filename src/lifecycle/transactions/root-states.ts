// One process at a time changes a root, and whoever comes to a root whose last process died in the middle settles it first.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, removeDurably } from "../../files/durable.js";
import { FileLocks, LockTimeout, type Release } from "../../files/file-lock.js";
import { SkillError } from "../../packages/errors.js";
import type { HostPaths } from "../../packages/paths.js";
import type { SkillRoot } from "../../packages/roots.js";
import { litterFolders, type RootState, rootState } from "../root-state.js";
import { type Journal, journalFile, journalStamp, readJournal } from "./journal.js";
import { Transaction } from "./transaction.js";

/** Removes what a decided journal says beside the root's own files. Part of it may have been done before. */
export type Aftermath = (state: RootState, journal: Journal) => Promise<unknown>;

/** A root that nobody else changes meanwhile. */
export interface LockedRoot extends AsyncDisposable {
  readonly state: RootState;
}

/** What an interrupted operation has left of a skill, where it could not be settled. */
export interface Unsettled {
  readonly root: SkillRoot;
  /** Undefined when not even that is known. */
  readonly skillId: string | undefined;
  readonly problem: string;
}

const defaultLockWaitMs = 30_000;
/** Somebody who changes a root all the time must not keep others from reading it. */
const readAttempts = 20;

export class RootStates implements Disposable {
  readonly #paths: HostPaths;
  readonly #aftermath: Aftermath;
  readonly #warn: (message: string) => void;
  readonly #lockWaitMs: number;
  readonly #locks = new FileLocks();
  /** State folders that this object has locked. */
  readonly #held = new Set<string>();

  /**
   * @param warn hears of what was recovered, and of what could not be cleaned up
   * @param lockWaitMs for which another process may work on a root that this one wants
   */
  constructor(
    paths: HostPaths,
    aftermath: Aftermath,
    warn: (message: string) => void,
    lockWaitMs = defaultLockWaitMs,
  ) {
    this.#lockWaitMs = lockWaitMs;
    this.#paths = paths;
    this.#aftermath = aftermath;
    this.#warn = warn;
  }

  /**
   * Waits until nobody else changes the root, and settles what was interrupted.
   *
   * @throws SkillError `SKILL_BUSY` after 30 s; `SKILL_STATE` when the state folder cannot be used or settled; the reason of
   *   the signal
   */
  async lock(root: SkillRoot, signal?: AbortSignal): Promise<LockedRoot> {
    const state = rootState(this.#paths, root);
    const release = await this.#acquire(state, signal);
    try {
      await this.#settleLocked(state);
    } catch (error) {
      release();
      throw error;
    }
    this.#held.add(state.dir);
    return {
      state,
      [Symbol.asyncDispose]: async () => {
        this.#held.delete(state.dir);
        release();
      },
    };
  }

  /**
   * Settles what was interrupted in these roots, except in those that this object has locked. Where nothing was, nothing is
   * written, and no lock is taken.
   *
   * @returns what could not be settled
   */
  async settle(roots: readonly SkillRoot[]): Promise<Unsettled[]> {
    const unsettled: Unsettled[] = [];
    for (const state of this.#free(roots)) {
      const problem = await this.#settle(state);
      if (problem !== undefined) unsettled.push(problem);
    }
    return unsettled;
  }

  /**
   * Reads what other processes may change meanwhile: settles the roots first, and reads again when a transaction has begun
   * or ended since.
   *
   * @param read gets what could not be settled
   */
  async consistently<T>(
    roots: readonly SkillRoot[],
    read: (unsettled: readonly Unsettled[]) => T | Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      // Before they are settled: a transaction may begin right after it was seen that there is none.
      const stamp = await this.#stamp(roots);
      const unsettled = await this.settle(roots);
      const result = await read(unsettled);
      if (attempt === readAttempts || (await this.#stamp(roots)) === stamp) return result;
    }
  }

  [Symbol.dispose](): void {
    this.#locks[Symbol.dispose]();
  }

  /** Differs when somebody else has begun or ended a transaction in one of these roots between two calls. */
  async #stamp(roots: readonly SkillRoot[]): Promise<string> {
    return (await Promise.all(this.#free(roots).map(journalStamp))).join();
  }

  /** Roots may share a state folder. */
  #free(roots: readonly SkillRoot[]): RootState[] {
    const states = new Map(roots.map(root => rootState(this.#paths, root)).map(state => [state.dir, state]));
    return [...states.values()].filter(({ dir }) => !this.#held.has(dir));
  }

  async #settle(state: RootState): Promise<Unsettled | undefined> {
    const { root } = state;
    let skillId: string | undefined;
    try {
      const journal = await readJournal(state);
      skillId = journal?.skillId;
      if (journal === undefined && !(await hasLitter(state))) return undefined;
      // Litter without a journal is none while an operation is under way.
      const release = journal === undefined ? this.#locks.try(state.lockFile) : await this.#acquire(state);
      if (release === undefined) return undefined;
      try {
        await this.#settleLocked(state);
      } finally {
        release();
      }
    } catch (error) {
      const { message } = error as Error;
      const problem = `an operation on it has not come to an end: ${message}`;
      this.#warn(`Skill root ${root.name}: ${problem}`);
      return { root, skillId, problem };
    }
    return undefined;
  }

  async #acquire(state: RootState, signal?: AbortSignal): Promise<Release> {
    const { name } = state.root;
    try {
      await makeFolder(state.dir);
      return await this.#locks.acquire(state.lockFile, { waitMs: this.#lockWaitMs, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      if (error instanceof LockTimeout) {
        throw new SkillError(
          "SKILL_BUSY",
          `skill root ${name}: another process changes it: ${error.message}`,
          {
            cause: error,
          },
        );
      }
      throw new SkillError("SKILL_STATE", `skill root ${name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  async #settleLocked(state: RootState): Promise<void> {
    const journal = await readJournal(state);
    if (journal !== undefined) {
      const { action, skillId, decided } = journal;
      const outcome = decided ? "completed" : "undone";
      const transaction = Transaction.resume(state, journal, () => {});
      if (decided) await this.#aftermath(state, journal);
      else await transaction.undo();
      await transaction.end();
      this.#warn(`Skill root ${state.root.name}: interrupted ${action} of ${skillId} was ${outcome}`);
    }
    await this.#removeLitter(state);
  }

  async #removeLitter(state: RootState): Promise<void> {
    for (const path of await litterOf(state)) {
      try {
        await removeDurably(path);
      } catch (error) {
        this.#warn(`Skill root ${state.root.name}: cannot remove ${path}: ${(error as Error).message}`);
      }
    }
  }
}

async function hasLitter(state: RootState): Promise<boolean> {
  return (await litterOf(state)).length > 0;
}

async function litterOf(state: RootState): Promise<string[]> {
  const folders = await Promise.all(
    litterFolders(state).map(async folder => (await list(folder)).map(name => join(folder, name))),
  );
  // A process may have died while it wrote the journal.
  const journals = (await list(state.journalDir)).map(name => join(state.journalDir, name));
  return [...folders.flat(), ...journals.filter(path => path !== journalFile(state))];
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
