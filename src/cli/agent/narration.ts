// What happens in a turn, in a line each: which tool runs and how it ended, and what the user should know.

import type { AgentEvent, AgentLoop } from "../../agent/index.js";
import type { Style } from "../style.js";

/** Longest preview of arguments, in characters. */
const previewLength = 100;

/**
 * Tells what happens in a session and in the sub-turns below it.
 *
 * @param tell gets whole lines
 * @returns stops it
 */
export function narrate(
  loop: AgentLoop,
  sessionKey: () => string,
  style: Style,
  tell: (line: string) => void,
): () => void {
  return loop.on("*", event => {
    if (event.rootSessionKey !== sessionKey() && event.rootSessionKey !== "") return;
    const line = lineOf(event, style);
    if (line !== undefined) tell(`${"  ".repeat(event.depth)}${line}\n`);
  });
}

/** Undefined: nothing to tell. */
export function lineOf(event: AgentEvent, { dim, red, yellow, green, cyan }: Style): string | undefined {
  switch (event.kind) {
    case "agent.tool.exec_start":
      return cyan(`→ ${event.payload.tool}`) + dim(preview(event.payload.arguments));
    case "agent.tool.exec_end": {
      const { tool, status, durationMs, isError, errorCode } = event.payload;
      const code = errorCode === undefined ? "" : ` (${errorCode})`;
      const ended = isError ? red(`← ${tool} failed${code}`) : green(`← ${tool} ${status}`);
      return ended + dim(`, ${Math.round(durationMs)} ms`);
    }
    case "agent.tool.exec_skipped":
      return yellow(`× ${event.payload.tool}: ${event.payload.reason}`);
    case "agent.llm.retry": {
      const { error, backoffMs, nextModel } = event.payload;
      const next = nextModel === undefined ? `again in ${backoffMs / 1_000} s` : `asking ${nextModel}`;
      return yellow(`${error}; ${next}`);
    }
    case "agent.context.compress":
      return dim(`${event.payload.droppedMessages} earlier messages became a summary`);
    case "agent.subturn.spawn":
      return dim(`begins: ${event.payload.label}`);
    case "agent.subturn.end":
      return dim(`ended: ${event.payload.childTurnId} ${event.payload.status}`);
    case "agent.hook.degraded":
      return yellow(`hook ${event.payload.hook}: ${event.payload.problem}`);
    case "agent.error":
      // The failure of the model is the end of the turn, which says it.
      return event.payload.stage === "llm" ? undefined : red(event.payload.message);
    default:
      return undefined;
  }
}

export function preview(args: object | undefined): string {
  if (args === undefined || Object.keys(args).length === 0) return "";
  const text = ` ${JSON.stringify(args)}`;
  return text.length <= previewLength ? text : `${text.slice(0, previewLength)}…`;
}
