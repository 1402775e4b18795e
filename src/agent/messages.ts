// The messages of a conversation, in the form in which sessions keep them. Models get them through the model port, which
// knows how its provider spells them.

import type { JsonObject } from "../packages/json-object.js";

export type { JsonObject } from "../packages/json-object.js";

/** A call that the model asks for. */
export interface ToolCall {
  /** Of the provider; the tool message that answers carries it. */
  id: string;
  name: string;
  arguments: JsonObject;
}

export interface SystemMessage {
  role: "system";
  content: string;
}

export interface UserMessage {
  role: "user";
  content: string;
  /** References that the media store resolves, or `data:` URLs. */
  media?: string[];
}

export interface AssistantMessage {
  role: "assistant";
  content: string;
  /** What the model thought, where the provider tells. */
  reasoning?: string;
  /** Absent or empty: an answer. Every call has exactly one tool message after it, before any other message. */
  toolCalls?: ToolCall[];
  /** References of what went to the user with it. */
  attachments?: string[];
}

export interface ToolMessage {
  role: "tool";
  toolCallId: string;
  toolName: string;
  content: string;
  /** True when the call failed, was denied, skipped or aborted. */
  isError?: boolean;
  media?: string[];
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
