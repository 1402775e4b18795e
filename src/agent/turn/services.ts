// What every turn of a loop works with.

import type { Agents } from "../agents.js";
import type { Clock } from "../clock.js";
import type { ContextPolicy } from "../context/context-policy.js";
import type { Emitter } from "../events/emitter.js";
import type { HookChain } from "../hooks/chain.js";
import type { Limits } from "../limits.js";
import type { MediaStore } from "../media.js";
import type { ModelPort } from "../model-port.js";
import type { OutputPort } from "../output.js";
import type { SecretFilter } from "../secret-filter.js";
import type { SessionStore } from "../session-store.js";
import type { SubTurnHandle, SubTurnRequest } from "../subturns/sub-turn.js";
import type { AgentTelemetry } from "../telemetry.js";
import type { ToolArguments } from "../tools/arguments.js";
import type { ToolCatalog } from "../tools/catalog.js";
import type { SteeringQueue } from "./steering-queue.js";
import type { Turn } from "./turn.js";

/** What the user is told when a turn has nothing to say. */
export interface Texts {
  /** The model returned nothing. */
  emptyReply: string;
  /** The model still called tools when the iterations were used up. */
  toolLimit: string;
}

export interface TurnServices {
  readonly agents: Agents;
  readonly arguments: ToolArguments;
  readonly catalog: ToolCatalog;
  readonly clock: Clock;
  /** Undefined: nothing is ever compacted. */
  readonly context: ContextPolicy | undefined;
  readonly events: Emitter;
  readonly hooks: HookChain;
  readonly limits: Limits;
  readonly media: MediaStore | undefined;
  readonly model: ModelPort;
  readonly output: OutputPort;
  /** Runs neighbouring calls of read-only tools beside each other. */
  readonly parallelReadOnly: boolean;
  readonly secrets: SecretFilter;
  readonly sessions: SessionStore;
  readonly steering: SteeringQueue;
  /** Undefined in the end: nobody has set OpenTelemetry up. */
  readonly telemetry: Promise<AgentTelemetry | undefined>;
  readonly texts: Texts;
  /** Tells users which tool runs. */
  readonly toolFeedback: boolean;
  /** Starts a sub-turn. @param signal ends the wait for a place, and nothing else */
  spawn(parent: Turn, request: SubTurnRequest, signal?: AbortSignal): SubTurnHandle;
  /** What is to be said in the session of the user once its turn is over. */
  followUp(turn: Turn, sourceTool: string, content: string): void;
}
