// All tool calls of one answer of the model, in its order. Between two calls the turn looks up: a user who steers or
// interrupts is heard before the next tool runs, and the model is told what did not run.

import type { ToolCall } from "../messages.js";
import type { TurnServices } from "./services.js";
import { type Settled, settle, skip } from "./settle.js";
import { runToolCall } from "./tool-call.js";
import type { ToolExecution } from "./tool-execution.js";
import type { Transcript } from "./transcript.js";
import type { Turn } from "./turn.js";

export interface BatchOutcome {
  /** Every call was handled: the user has all of the output, and nothing was said meanwhile. */
  handled: boolean;
  /** What went to the user. */
  attachments: string[];
}

interface Checkpoint {
  reason: string;
  text: string;
}

/**
 * Runs a batch. Each of its calls has exactly one tool message afterwards.
 *
 * @throws TurnAborted, TurnEndedByHook; what the session store throws. Calls without a message are the caller's then
 */
export async function runToolBatch(
  turn: Turn,
  services: TurnServices,
  transcript: Transcript,
  calls: readonly ToolCall[],
): Promise<BatchOutcome> {
  turn.phase = "tools";
  const attachments: string[] = [];
  let handled = true;
  let stop: Checkpoint | undefined;
  for (const group of groupsOf(turn, services, calls)) {
    if (stop !== undefined) {
      handled = false;
      for (const call of group) {
        await skip(turn, services, transcript, { toolCallId: call.id, tool: call.name, ...stop });
      }
      continue;
    }
    for (const settled of await runGroup(turn, services, transcript, group)) {
      handled &&= settled.handled;
      attachments.push(...settled.attachments);
    }
    stop = checkpoint(turn, services);
  }
  return { handled: handled && stop === undefined, attachments };
}

/** Neighbouring calls of read-only tools form a group, where the host wants that; any other call is one by itself. */
function groupsOf(turn: Turn, { parallelReadOnly }: TurnServices, calls: readonly ToolCall[]): ToolCall[][] {
  const groups: ToolCall[][] = [];
  let open = false;
  for (const call of calls) {
    const readOnly = parallelReadOnly && turn.registry.get(call.name)?.readOnly === true;
    if (readOnly && open) groups.at(-1)?.push(call);
    else groups.push([call]);
    open = readOnly;
  }
  return groups;
}

/** Runs calls beside each other; they are settled in their order. */
async function runGroup(
  turn: Turn,
  services: TurnServices,
  transcript: Transcript,
  group: readonly ToolCall[],
): Promise<Settled[]> {
  const begun: ToolExecution[] = [];
  try {
    // All of them, whatever one ends with: what still runs could not be ended properly.
    const ends = await Promise.allSettled(
      group.map(call => runToolCall(turn, services, call, execution => begun.push(execution))),
    );
    turn.signal.throwIfAborted();
    const settled: Settled[] = [];
    let endedBy: unknown;
    for (const [at, end] of ends.entries()) {
      if (end.status === "fulfilled") {
        settled.push(await settle(turn, services, transcript, end.value));
      } else {
        // A hook has ended the turn. What the others have done is in the history, in the order of the calls.
        endedBy ??= end.reason;
        await transcript.answerUnmade(group[at] as ToolCall);
      }
      turn.signal.throwIfAborted();
    }
    if (endedBy !== undefined) throw endedBy;
    return settled;
  } finally {
    for (const execution of begun) execution.abandon();
  }
}

/** After each call: what users have said meanwhile, and what that means for the calls that are left. */
function checkpoint(turn: Turn, { steering }: TurnServices): Checkpoint | undefined {
  turn.pending.push(...steering.poll(turn.sessionKey));
  if (turn.pending.length > 0) {
    return { reason: "queued user steering message", text: "Skipped due to queued user message." };
  }
  if (turn.isInterrupted) {
    return { reason: "graceful interrupt requested", text: "Skipped due to graceful interrupt." };
  }
  return undefined;
}
