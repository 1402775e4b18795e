// Who lets a tool run: what the user has allowed beforehand, else the user, else nobody.

import type { ApprovalDecision, Hook } from "../../agent/index.js";
import { preview } from "./narration.js";

export interface Approval {
  /** Allows everything. */
  yes: boolean;
  /** Names of tools that may run unasked; grows when the user says so. */
  allowed: Set<string>;
  /**
   * Asks the user.
   *
   * @returns undefined when the question was taken back
   */
  ask?(question: string, signal: AbortSignal): Promise<string | undefined>;
}

/** A day: people think. */
const patienceMs = 24 * 60 * 60 * 1_000;

export function approvalHook(approval: Approval): Hook {
  return {
    name: "terminal",
    timeouts: { approverMs: patienceMs },
    async approveTool({ tool, arguments: args }, { signal }): Promise<ApprovalDecision> {
      if (approval.yes || approval.allowed.has(tool)) return { approved: true };
      if (approval.ask === undefined) {
        return {
          approved: false,
          reason: "nobody is there to allow it; the user may allow it beforehand with --allow or --yes",
        };
      }
      for (;;) {
        const answer = await approval.ask(`run ${tool}${preview(args)}? [y]es, [n]o, [a]lways: `, signal);
        switch (answer?.trim().toLowerCase()) {
          case undefined:
          case "n":
          case "no":
            return { approved: false, reason: "the user does not want it" };
          case "a":
          case "always":
            approval.allowed.add(tool);
            return { approved: true };
          case "y":
          case "yes":
            return { approved: true };
        }
      }
    },
  };
}
