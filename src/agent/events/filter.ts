// Which events somebody wants: kinds by name, by prefix (`agent.tool.*`), or all (`*`).

import type { AgentEventKind } from "./event.js";

/** Every kind there is, in the order of the documentation. */
export const eventKinds: readonly AgentEventKind[] = [
  "agent.turn.start",
  "agent.turn.end",
  "agent.llm.request",
  "agent.llm.delta",
  "agent.llm.response",
  "agent.llm.retry",
  "agent.context.compress",
  "agent.session.summarize",
  "agent.tool.exec_start",
  "agent.tool.exec_end",
  "agent.tool.exec_skipped",
  "agent.steering.injected",
  "agent.follow_up.queued",
  "agent.interrupt.received",
  "agent.subturn.spawn",
  "agent.subturn.end",
  "agent.subturn.result_delivered",
  "agent.subturn.orphan",
  "agent.hook.degraded",
  "agent.events.dropped",
  "agent.error",
];

/**
 * The kinds that patterns name. The prefix `agent.` may be left out.
 *
 * @throws TypeError for a pattern that names none
 */
export function kindsOf(patterns: string | readonly string[]): ReadonlySet<AgentEventKind> {
  const list = typeof patterns === "string" ? [patterns] : patterns;
  const kinds = new Set<AgentEventKind>();
  for (const pattern of list) {
    const named = eventKinds.filter(kind => matches(pattern, kind));
    if (named.length === 0) {
      throw new TypeError(
        `events: no kind is named ${JSON.stringify(pattern)}; there are ${eventKinds.join(", ")}, prefixes like agent.tool.* and *`,
      );
    }
    for (const kind of named) kinds.add(kind);
  }
  return kinds;
}

function matches(pattern: string, kind: string): boolean {
  if (pattern === "*") return true;
  const full = pattern.startsWith("agent.") ? pattern : `agent.${pattern}`;
  return full.endsWith(".*") ? kind.startsWith(full.slice(0, -1)) : kind === full;
}
