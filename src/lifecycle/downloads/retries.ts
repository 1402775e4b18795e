// Doing it again: only what can succeed then, with pauses that grow, and no longer than somebody would wait.

import { setTimeout as sleep } from "node:timers/promises";
import { TransferFailure } from "./transfer-failure.js";

export interface RetryPolicy {
  /** Attempts in all. */
  readonly attempts: number;
  /** Milliseconds of the first pause; each further one is twice as long. */
  readonly firstPauseMs: number;
  /** No pause is longer. A server that wants one that is longer is not asked again. */
  readonly longestPauseMs: number;
  readonly pause: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const defaultRetries: RetryPolicy = {
  attempts: 4,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  pause: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(error => {
      throw signal?.aborted ? signal.reason : error;
    });
  },
};

/** Whoever brings this much further was worth being asked. */
const worthwhileBytes = 1 << 20;

/**
 * Runs an attempt until it succeeds.
 *
 * @param bytes that have come so far; an attempt that has brought the transfer on does not count as one that failed
 * @throws TransferFailure of the last attempt; anything else that an attempt throws, at once
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
  bytes: () => number = () => 0,
): Promise<T> {
  for (let made = 1, reached = 0; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransferFailure) || !error.passing) throw error;
      if (bytes() >= reached + worthwhileBytes) {
        reached = bytes();
        made = 1;
      }
      const wanted = error.retryAfterMs;
      if (wanted !== undefined && wanted > policy.longestPauseMs) {
        const when = new Date(Date.now() + wanted).toISOString();
        throw new TransferFailure(`${error.message}; it wants to be asked again at ${when}`, {
          status: error.status,
          cause: error,
        });
      }
      if (made >= policy.attempts) {
        throw new TransferFailure(`${error.message}, ${made} times`, { status: error.status, cause: error });
      }
      await policy.pause(wanted ?? growing(policy, made), signal);
    }
  }
}

/** Many that were turned away together should not come back together. */
function growing({ firstPauseMs, longestPauseMs }: RetryPolicy, made: number): number {
  return Math.min(firstPauseMs * 2 ** (made - 1), longestPauseMs) * (0.5 + Math.random() / 2);
}
