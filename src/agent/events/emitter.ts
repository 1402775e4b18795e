// Makes events: fills in whose they are, when, and how serious.

import type { Clock } from "../clock.js";
import type { Turn } from "../turn/turn.js";
import type { EventBus } from "./bus.js";
import type { AgentEvent, AgentEventHead, AgentEventKind, AgentEventPayloads, Severity } from "./event.js";

/** Kinds whose payload does not decide. */
const severities: Partial<Record<AgentEventKind, Severity>> = {
  "agent.llm.delta": "debug",
  "agent.llm.retry": "warn",
  "agent.context.compress": "warn",
  "agent.tool.exec_skipped": "warn",
  "agent.subturn.orphan": "error",
  "agent.hook.degraded": "warn",
  "agent.events.dropped": "warn",
  "agent.error": "error",
};

export class Emitter {
  readonly #bus: EventBus;
  readonly #clock: Clock;
  readonly #agentId: string;
  #count = 0;

  /** @param agentId of events that belong to no turn */
  constructor(bus: EventBus, clock: Clock, agentId: string) {
    this.#bus = bus;
    this.#clock = clock;
    this.#agentId = agentId;
  }

  /** Tells what happens in a turn. */
  emit<Kind extends AgentEventKind>(turn: Turn, kind: Kind, payload: AgentEventPayloads[Kind]): void {
    if (!this.#bus.wants(kind)) return;
    const { role, input, origin } = turn;
    this.#publish(kind, payload, {
      agentId: turn.agent.id,
      sessionKey: turn.sessionKey,
      turnId: turn.id,
      ...(role === undefined ? {} : { parentTurnId: role.parent.id }),
      rootSessionKey: turn.rootSessionKey,
      iteration: turn.iteration,
      depth: turn.depth,
      channel: origin.channel,
      chatId: origin.chatId,
      ...(input.senderId === undefined ? {} : { senderId: input.senderId }),
    });
  }

  /** Tells what happens outside a turn: to a session, or to the loop as a whole (""). */
  emitOutside<Kind extends AgentEventKind>(
    sessionKey: string,
    kind: Kind,
    payload: AgentEventPayloads[Kind],
  ): void {
    if (!this.#bus.wants(kind)) return;
    this.#publish(kind, payload, {
      agentId: this.#agentId,
      sessionKey,
      turnId: "",
      rootSessionKey: sessionKey,
      depth: 0,
      channel: "",
      chatId: "",
    });
  }

  #publish<Kind extends AgentEventKind>(
    kind: Kind,
    payload: AgentEventPayloads[Kind],
    scope: Omit<AgentEventHead, "id" | "severity" | "at">,
  ): void {
    const event = {
      id: `evt-${++this.#count}`,
      kind,
      severity: severityOf(kind, payload),
      at: this.#clock.now(),
      ...scope,
      payload,
    };
    // One kind and its own payload: TypeScript cannot follow that through the union.
    this.#bus.emit(event as unknown as AgentEvent);
  }
}

function severityOf(kind: AgentEventKind, payload: object): Severity {
  const fixed = severities[kind];
  if (fixed !== undefined) return fixed;
  const { status, isError } = payload as { status?: string; isError?: boolean };
  if (kind === "agent.tool.exec_end") return isError ? "warn" : "info";
  if (kind === "agent.subturn.end") return "info";
  if (status === "error") return "error";
  return status === "aborted" ? "warn" : "info";
}
