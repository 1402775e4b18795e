// Takes a root from one state to another so that a crash at any step leaves one that can be told from the other:
//
//   journal (undecided) → replacements → [load] → journal (decided) → clean up → journal (ended)
//
// Whoever finds an undecided journal takes the replacements back, whoever finds a decided one cleans up. Every step can be
// repeated: what it does is read off the disk, not remembered.

import { randomUUID } from "node:crypto";
import { lstat } from "node:fs/promises";
import { moveDurably, removeDurably } from "../../files/durable.js";
import type { RootState } from "../root-state.js";
import { endJournal, type Journal, type Replacement, writeJournal } from "./journal.js";

/** Hears of every step when it is on the disk. */
export type StepListener = (step: Step) => void;

export type Step =
  | "journal_written"
  | "old_moved_away"
  | "new_moved_in"
  | "decided"
  | "new_moved_away"
  | "old_moved_back"
  | "folder_removed"
  | "journal_ended";

/** One transaction, by the process that holds the lock of the root. */
export class Transaction {
  readonly journal: Journal;
  readonly #state: RootState;
  readonly #told: StepListener;

  private constructor(state: RootState, journal: Journal, told: StepListener) {
    this.#state = state;
    this.journal = journal;
    this.#told = told;
  }

  /** Writes the journal. From now on a crash is noticed. */
  static async begin(
    state: RootState,
    journal: Omit<Journal, "id" | "decided">,
    told: StepListener,
  ): Promise<Transaction> {
    const undecided = { ...journal, id: randomUUID(), decided: false };
    await writeJournal(state, undecided);
    told("journal_written");
    return new Transaction(state, undecided, told);
  }

  /** One that its process did not bring to an end. */
  static resume(state: RootState, journal: Journal, told: StepListener): Transaction {
    return new Transaction(state, journal, told);
  }

  async apply(): Promise<void> {
    for (const { target, staged, backup } of this.journal.replacements) {
      if (backup !== undefined) {
        await moveDurably(target, backup);
        this.#told("old_moved_away");
      }
      if (staged !== undefined) {
        await moveDurably(staged, target);
        this.#told("new_moved_in");
      }
    }
  }

  /** The new state counts from here on. */
  async decide(): Promise<void> {
    try {
      await writeJournal(this.#state, { ...this.journal, decided: true });
    } catch (error) {
      // Whether it was written is not known, and undoing under a decided journal would end halfway after a crash.
      await writeJournal(this.#state, this.journal);
      throw error;
    }
    this.#told("decided");
  }

  /** Brings the old state back. */
  async undo(): Promise<void> {
    for (const replacement of this.journal.replacements.toReversed()) await this.#takeBack(replacement);
  }

  /** Removes what the transaction needed. Nothing is left to recover then. */
  async end(): Promise<void> {
    for (const folder of this.journal.folders) {
      await removeDurably(folder);
      this.#told("folder_removed");
    }
    await endJournal(this.#state, this.journal);
    this.#told("journal_ended");
  }

  async #takeBack({ target, staged, backup }: Replacement): Promise<void> {
    const applied =
      backup === undefined ? staged !== undefined && !(await exists(staged)) : await exists(backup);
    if (!applied) return;
    // Where the old one was moved away and the new one did not come yet, there is nothing under the target.
    if (staged !== undefined && (await exists(target))) {
      await moveDurably(target, staged);
      this.#told("new_moved_away");
    }
    if (backup === undefined) return;
    await moveDurably(backup, target);
    this.#told("old_moved_back");
  }
}

/** True if there is anything under the path, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
