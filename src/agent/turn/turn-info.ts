// A turn as others may see it.

/**
 * ```
 * setup ──► running ──► tools ──► running … (each iteration)
 *              │          └─(everything handled)──────────► completed
 *              └─(answer / end of loop)──► finalizing ────► completed
 * any ──(hard abort)──► aborted         any ──(failure)──► failed
 * ```
 */
export type TurnPhase = "setup" | "running" | "tools" | "finalizing" | "completed" | "failed" | "aborted";

export interface TurnInfo {
  turnId: string;
  agentId: string;
  sessionKey: string;
  /** Session of the user whose turn this is, or descends from. */
  rootSessionKey: string;
  channel: string;
  chatId: string;
  userMessage: string;
  phase: TurnPhase;
  iteration: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  depth: number;
  parentTurnId?: string;
  /** Sub-turns that run. */
  childTurnIds: string[];
  /** Sub-turns that hold a place, and those that wait for one. */
  slots: { taken: number; waiting: number };
}
