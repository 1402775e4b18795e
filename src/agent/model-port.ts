// What the agent needs of a model. An OpenAI-compatible implementation is in `model/`; a host may bring its own.

import type { MediaContent } from "./media.js";
import type { JsonObject, Message, ToolCall } from "./messages.js";

/** A tool as a model sees it. */
export interface ToolDefinition {
  name: string;
  description: string;
  /** JSON Schema of the argument object. */
  inputSchema: JsonObject;
}

/** What a call asks of the model beside an answer. Absent: what the provider does by itself. */
export interface ModelSettings {
  /** Of the answer. */
  maxTokens?: number;
  temperature?: number;
  /** Of reasoning models; the provider's word, for instance `low`. */
  thinkingLevel?: string;
}

export interface ModelRequest {
  /** Absent: the port's own `model`. */
  model?: string;
  /** System message first, where there is one. */
  messages: readonly Message[];
  /** Empty: the model cannot call tools. In order of name, so that prompt caches hold. */
  tools: readonly ToolDefinition[];
  settings: ModelSettings;
  /** What the media references in `messages` stand for; what is missing was not to be found. */
  media: ReadonlyMap<string, MediaContent>;
}

/** A piece of an answer that is being streamed. */
export interface ModelDelta {
  content?: string;
  reasoning?: string;
}

/** Told before the pause that precedes the next attempt. */
export interface ModelRetry {
  /** From 1: the attempt that has failed. */
  attempt: number;
  maxRetries: number;
  reason: ModelErrorKind;
  error: string;
  /** Of the pause. */
  backoffMs: number;
  /** The model that is asked next, where it is another one. */
  nextModel?: string;
}

/** What a caller of the model hears while it works. */
export interface ModelCall {
  /** Ends the request to the provider at once; `generate` rejects with its reason. */
  signal: AbortSignal;
  /** Given: the answer is streamed. What was told here is part of the response too. */
  onDelta?(delta: ModelDelta): void;
  onRetry?(retry: ModelRetry): void;
}

export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
}

export interface ModelResponse {
  content: string;
  reasoning?: string;
  /** Arguments that are no JSON object arrive as `{}`. Ids are unique within the response. */
  toolCalls: ToolCall[];
  /** `truncated` when the answer hit a limit of tokens. */
  finishReason: "stop" | "tool_calls" | "truncated" | "filtered" | "other";
  usage?: ModelUsage;
  /** The model that answered, which is another one after a fallback. */
  model: string;
}

export interface ModelPort {
  /** The one that answers when a request names none. */
  readonly model: string;
  /** Tokens that a request and its answer may have together; undefined: not known, nothing is compacted ahead. */
  readonly contextWindow?: number;
  /**
   * Asks the model, with whatever retries and fallbacks the port has.
   *
   * @throws ModelError; the reason of the signal
   */
  generate(request: ModelRequest, call: ModelCall): Promise<ModelResponse>;
  close?(): void | Promise<void>;
}

/**
 * | kind | meaning | another attempt may help |
 * |---|---|---|
 * | `timeout` | no answer in time | yes |
 * | `network` | connection refused, reset, broken off | yes |
 * | `rate_limit` | too many requests, overloaded | yes |
 * | `server_error` | 5xx | yes |
 * | `context_limit` | the request is too long for the model | after compaction, which is the agent's |
 * | `vision_unsupported` | the model takes no pictures | no |
 * | `billing` | no credit | with another model |
 * | `auth` | refused key | with another model |
 * | `format` | the provider did not understand the request, or we not the answer | no |
 * | `unknown` | anything else | no |
 */
export type ModelErrorKind =
  | "timeout"
  | "network"
  | "rate_limit"
  | "server_error"
  | "context_limit"
  | "vision_unsupported"
  | "billing"
  | "auth"
  | "format"
  | "unknown";

/** A model that could not answer. The message says what was asked of whom, and what came back. */
export class ModelError extends Error {
  readonly kind: ModelErrorKind;

  constructor(kind: ModelErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ModelError";
    this.kind = kind;
  }
}
