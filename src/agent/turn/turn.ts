// One turn: who it is, how far it is, and how others may interfere with it. What it does is in the coordinator.

import { setMaxListeners } from "node:events";
import type { Agent } from "../agents.js";
import type { Clock } from "../clock.js";
import type { RunInput } from "../input.js";
import type { Limits } from "../limits.js";
import type { UserMessage } from "../messages.js";
import type { ModelSettings, ModelUsage } from "../model-port.js";
import type { OutputOrigin } from "../output.js";
import { Mailbox } from "../subturns/mailbox.js";
import { Slots } from "../subturns/slots.js";
import type { SubTurnResult } from "../subturns/sub-turn.js";
import type { TokenBudget } from "../subturns/token-budget.js";
import type { AgentTelemetry } from "../telemetry.js";
import type { ToolRegistry } from "../tools/registry.js";
import { type AbortCause, TurnAborted } from "./endings.js";
import type { TurnInfo, TurnPhase } from "./turn-info.js";

/** What a sub-turn has beside what every turn has. */
export interface SubTurnRole {
  parent: Turn;
  critical: boolean;
}

export interface TurnParts {
  id: string;
  agent: Agent;
  input: RunInput;
  /** Session of the user: its own one, or that of the turn it descends from. */
  rootSessionKey: string;
  registry: ToolRegistry;
  systemPrompt: string;
  model: string | undefined;
  settings: ModelSettings;
  role?: SubTurnRole;
  budget?: TokenBudget | undefined;
}

const hintText = "Interrupt requested. Stop scheduling tools and provide a short final summary.";

export class Turn {
  readonly id: string;
  readonly agent: Agent;
  readonly input: RunInput;
  readonly rootSessionKey: string;
  readonly registry: ToolRegistry;
  readonly systemPrompt: string;
  readonly model: string | undefined;
  readonly settings: ModelSettings;
  readonly role: SubTurnRole | undefined;
  readonly budget: TokenBudget | undefined;
  readonly depth: number;
  readonly startedAt: number;
  readonly origin: OutputOrigin;
  /** Results of sub-turns for the next model call. */
  readonly mailbox: Mailbox<SubTurnResult>;
  readonly slots: Slots;
  /** Sub-turns that run. */
  readonly children = new Set<Turn>();
  readonly usage: ModelUsage = { inputTokens: 0, outputTokens: 0 };
  /** Undefined when nobody has set OpenTelemetry up. */
  telemetry: AgentTelemetry | undefined;
  phase: TurnPhase = "setup";
  iteration = 0;
  /** Steering that the next model call gets: there is no second list of it. */
  pending: UserMessage[] = [];
  readonly #abort = new AbortController();
  #sealed = false;
  #ended = false;
  #graceful: "no" | "pending" | "used" = "no";
  #hint = "";
  #resolveOver = () => {};
  /** Resolves when the turn is over. */
  readonly over = new Promise<void>(resolve => {
    this.#resolveOver = resolve;
  });

  constructor(parts: TurnParts, clock: Clock, limits: Limits) {
    const { input, agent } = parts;
    this.id = parts.id;
    this.agent = agent;
    this.input = input;
    this.rootSessionKey = parts.rootSessionKey;
    this.registry = parts.registry;
    this.systemPrompt = parts.systemPrompt;
    this.model = parts.model;
    this.settings = parts.settings;
    this.role = parts.role;
    this.budget = parts.budget;
    this.depth = parts.role === undefined ? 0 : parts.role.parent.depth + 1;
    this.startedAt = clock.now();
    // A batch of tools, each with sub-turns that wait, may well have more listeners than looks like a leak.
    setMaxListeners(0, this.signal);
    this.mailbox = new Mailbox(limits.mailbox);
    this.slots = new Slots(clock, limits.maxConcurrent);
    this.origin = {
      agentId: agent.id,
      sessionKey: input.sessionKey,
      turnId: this.id,
      channel: input.channel ?? "",
      chatId: input.chatId ?? "",
      ...(input.replyToMessageId === undefined ? {} : { replyToMessageId: input.replyToMessageId }),
      ...(input.scope === undefined ? {} : { scope: { ...input.scope } }),
    };
  }

  get sessionKey(): string {
    return this.input.sessionKey;
  }

  /** Aborts at a hard abort, with a `TurnAborted`. Never at anything gentler. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** True when the turn is over, however it ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** True for a sub-turn that should leave, because whoever wanted its result is over, or should leave too. */
  get isForsaken(): boolean {
    const { role } = this;
    return role !== undefined && !role.critical && (role.parent.ended || role.parent.isForsaken);
  }

  /** Ends the turn and all sub-turns below it at once. @returns false when it had been aborted, or was too far to be */
  abort(why: AbortCause, message: string): boolean {
    const inTime = !this.#sealed && !this.#abort.signal.aborted;
    if (inTime) this.#abort.abort(new TurnAborted(why, message));
    for (const child of [...this.children]) child.abort(why, `its parent was aborted: ${message}`);
    return inTime;
  }

  /** The turn is about to be committed: an abort comes too late from now on. @throws TurnAborted when one came before */
  seal(): void {
    this.signal.throwIfAborted();
    this.#sealed = true;
  }

  /** Asks for an end after the running step. @returns false when the turn is aborted or over */
  interrupt(hint: string): boolean {
    if (this.#sealed || this.#ended || this.#abort.signal.aborted) return false;
    if (this.#graceful === "used") return true;
    this.#graceful = "pending";
    this.#hint = hint;
    return true;
  }

  get isInterrupted(): boolean {
    return this.#graceful === "pending";
  }

  /** The message for the last model call; after that the interrupt is done with. */
  takeInterrupt(): string {
    this.#graceful = "used";
    return this.#hint === "" ? hintText : `${hintText}\n\nInterrupt hint: ${this.#hint}`;
  }

  /** The turn has said its last word. */
  leave(): void {
    this.#resolveOver();
  }

  /** The turn is over. Whoever puts something in its mailbox from now on hears so. @returns results nobody has read */
  finish(): SubTurnResult[] {
    this.#sealed = true;
    this.#ended = true;
    const { role } = this;
    if (role !== undefined) {
      for (let above: Turn | undefined = role.parent; above !== undefined; above = above.role?.parent) {
        above.children.delete(this);
      }
      // Those that go on are still below whoever is above, whose abort must reach them.
      for (const child of this.children) role.parent.children.add(child);
    }
    return this.mailbox.close();
  }

  info(): TurnInfo {
    const { role } = this;
    return {
      turnId: this.id,
      agentId: this.agent.id,
      sessionKey: this.sessionKey,
      rootSessionKey: this.rootSessionKey,
      channel: this.origin.channel,
      chatId: this.origin.chatId,
      userMessage: this.input.text,
      phase: this.phase,
      iteration: this.iteration,
      startedAt: this.startedAt,
      depth: this.depth,
      ...(role === undefined ? {} : { parentTurnId: role.parent.id }),
      childTurnIds: [...this.children].map(({ id }) => id),
      slots: { taken: this.slots.taken, waiting: this.slots.waiting },
    };
  }
}
