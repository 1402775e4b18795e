// The limits of a loop, with what they are unless a host says otherwise.

export interface Limits {
  /** Model calls of one turn. */
  maxIterations: number;
  /** How deep sub-turns go: a turn at this depth starts none. */
  maxDepth: number;
  /** Sub-turns of one parent that run at a time. */
  maxConcurrent: number;
  /** How long a sub-turn waits for one of those places. */
  slotTimeoutMs: number;
  /** Of one sub-turn, from its place on. */
  subTurnTimeoutMs: number;
  /** Newest messages that a sub-turn keeps beside its task. */
  ephemeralHistory: number;
  /** Turns of users that run at a time; further ones wait. */
  maxParallelTurns: number;
  /** Messages that may wait to steer one session. */
  steeringQueue: number;
  /** Results of sub-turns that wait to be read by one parent; further ones wait in line. */
  mailbox: number;
  /** Orphaned results that are kept; beyond that the oldest go. */
  orphans: number;
  /** How often one model call is repeated after compaction, when the provider says that it was too long. */
  contextRetries: number;
}

export const defaultLimits: Limits = {
  maxIterations: 50,
  maxDepth: 3,
  maxConcurrent: 5,
  slotTimeoutMs: 30_000,
  subTurnTimeoutMs: 300_000,
  ephemeralHistory: 50,
  maxParallelTurns: 16,
  steeringQueue: 10,
  mailbox: 16,
  orphans: 1_000,
  contextRetries: 2,
};

/** @throws TypeError | RangeError naming the limit */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name)) {
      throw new TypeError(
        `limits: there is no ${JSON.stringify(name)}; there are ${Object.keys(defaultLimits).join(", ")}`,
      );
    }
    if (value === undefined) continue;
    if (typeof value !== "number")
      throw new TypeError(`limits.${name} must be a number, got ${typeof value}`);
    if (!Number.isInteger(value) || value < (name === "maxDepth" || name === "contextRetries" ? 0 : 1)) {
      throw new RangeError(`limits.${name} must be a positive integer, got ${value}`);
    }
    limits[name as keyof Limits] = value;
  }
  return limits;
}
