// A process from its start to its end, with everything it printed.

import { type Captured, capture } from "./capture.js";
import { Child, type Launch, SpawnError } from "./child.js";
import type { Spawner } from "./spawner.js";

/** Plain data, so that it can be sent to another thread. */
export interface RunPlan {
  launch: Launch;
  /** Absent: the null device. */
  stdin: Uint8Array | undefined;
  /** Milliseconds; absent: as long as it takes. */
  timeoutMs: number | undefined;
  /** Per stream. */
  maxOutputBytes: number;
  /** Where standard error goes: into the outcome, or to the standard error of the host. */
  stderr: "pipe" | "inherit";
}

export interface RunOutcome {
  end:
    | { kind: "exit"; code: number }
    | { kind: "signal"; signal: NodeJS.Signals }
    | { kind: "timeout" }
    | NotStarted;
  stdout: Captured;
  stderr: Captured;
}

interface NotStarted {
  kind: "not started";
  message: string;
}

const nothing: Captured = { bytes: new Uint8Array(), truncated: false };
/** The longest time that a timer can wait. */
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Runs a process until it has ended and its pipes are closed. Never rejects: what goes wrong is in the outcome.
 *
 * @param onStart receives what ends the whole tree early
 */
export async function runToEnd(
  plan: RunPlan,
  spawner: Spawner,
  onStart?: (kill: () => void) => void,
): Promise<RunOutcome> {
  let child: Child;
  try {
    const stdin = plan.stdin === undefined ? "null" : "pipe";
    child = new Child(plan.launch, { stdin, stderr: plan.stderr }, spawner);
    await child.started;
  } catch (error) {
    if (!(error instanceof SpawnError)) throw error;
    return { end: { kind: "not started", message: error.message }, stdout: nothing, stderr: nothing };
  }
  const stdout = capture(child.stdout, plan.maxOutputBytes);
  const stderr = child.stderr ? capture(child.stderr, plan.maxOutputBytes) : () => nothing;
  onStart?.(() => child.kill());
  let timedOut = false;
  const timer =
    plan.timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => {
            timedOut = true;
            child.kill();
          },
          Math.min(plan.timeoutMs, longestTimeoutMs),
        );
  child.stdin?.end(plan.stdin);
  const exit = await child.closed;
  clearTimeout(timer);
  const end: RunOutcome["end"] = timedOut
    ? { kind: "timeout" }
    : "code" in exit
      ? { kind: "exit", code: exit.code }
      : { kind: "signal", signal: exit.signal };
  return { end, stdout: stdout(), stderr: stderr() };
}
