// The part of every operation that changes what serves: prepared on the disk, switched, loaded, and then decided or taken
// back. Nobody else loads meanwhile, and calls go on where they are.

import { SkillError } from "../packages/errors.js";
import type { AftermathResult } from "./aftermath.js";
import type { Operation } from "./operation.js";
import type { LifecycleParts, LoadFailures } from "./parts.js";
import type { RootState } from "./root-state.js";
import type { Journal, Replacement } from "./transactions/journal.js";
import { exists, Transaction } from "./transactions/transaction.js";

export interface Change {
  readonly state: RootState;
  readonly journal: Omit<Journal, "id" | "decided" | "action">;
  /** Throws when what was loaded after the change is a reason to take it back. */
  readonly check?: (loaded: LoadFailures) => void;
}

/** What takes the place of a file or folder, be there one or not. */
export async function replacement(
  target: string,
  staged: string | undefined,
  backup: string,
): Promise<Replacement> {
  return { target, staged, backup: (await exists(target)) ? backup : undefined };
}

/** A message with what did not go well after an operation had succeeded. */
export function withWarnings(message: string, warnings: readonly string[]): string {
  return warnings.length === 0 ? message : `${message} (warning: ${warnings.join("; ")})`;
}

/** @throws what made the change fail, after the old state is back; SkillError `SKILL_STATE` when it is not */
export function switchTo(
  { skills, aftermath, warn }: LifecycleParts,
  operation: Operation,
  { state, journal, check }: Change,
): Promise<AftermathResult> {
  return skills.exclusively(async reload => {
    const planned = { ...journal, action: operation.action };
    const transaction = await Transaction.begin(state, planned, operation.step);
    try {
      await transaction.apply();
      operation.report("reloading_runtime", "started");
      const loaded = await reload();
      check?.(loaded);
      operation.report("committing", "started");
      await transaction.decide();
    } catch (error) {
      operation.report("rolling_back", "started");
      await takeBack(transaction, error);
      // What is on the disk counts; an engine that is being closed loads no more.
      await reload().catch((problem: Error) =>
        warn(`Loading after ${operation.action} failed: ${problem.message}`),
      );
      throw error;
    }
    const result = await aftermath.complete(state, transaction.journal);
    await transaction.end().catch((problem: Error) => {
      result.warnings.push(`${problem.message}; the next operation or load tries again`);
    });
    return result;
  });
}

async function takeBack(transaction: Transaction, reason: unknown): Promise<void> {
  try {
    await transaction.undo();
    await transaction.end();
  } catch (error) {
    throw new SkillError(
      "SKILL_STATE",
      `${(reason as Error).message}; and the old state is not back yet, the next operation or load tries again: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
