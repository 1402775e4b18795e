// What starts a turn.

import type { AllowList } from "./tools/registry.js";

/** Narrows what an agent may do in one turn and in the sub-turns below it. */
export interface TurnProfile {
  /** Names of the tools that may be called, whatever hooks do. Default all. */
  tools?: readonly string[];
  /** `none`: the turn reads no history and leaves none. Default `session`. */
  history?: "session" | "none";
  /** Replaces the agent's. */
  systemPrompt?: string;
}

export interface RunInput {
  /** Turns of one session run one after the other and share a history. */
  sessionKey: string;
  /** What the user says. */
  text: string;
  /** References that the media store resolves, or `data:` URLs. */
  media?: string[];
  /** One of `AgentOptions.agents`. Default: the main agent. */
  agent?: string;
  profile?: TurnProfile;
  /** Where the user is, for tools, hooks and outputs. Default `""`. */
  channel?: string;
  chatId?: string;
  senderId?: string;
  messageId?: string;
  replyToMessageId?: string;
  /** Further names of the place, passed through to outputs. */
  scope?: Record<string, string>;
  /** False: of what tools have for the user, only what they say is `handled` goes out. Default true. */
  sendToolOutput?: boolean;
}

/** @throws TypeError naming the member */
export function checkInput(input: RunInput): RunInput {
  if (typeof input !== "object" || input === null) {
    throw new TypeError("AgentLoop.run: input must be an object { sessionKey, text }");
  }
  requireText("sessionKey", input.sessionKey);
  if (input.sessionKey.trim() === "") throw new TypeError("AgentLoop.run: sessionKey must not be empty");
  requireText("text", input.text);
  for (const name of ["agent", "channel", "chatId", "senderId", "messageId", "replyToMessageId"] as const) {
    if (input[name] !== undefined) requireText(name, input[name]);
  }
  requireNames("media", input.media);
  requireNames("profile.tools", input.profile?.tools);
  return { ...input, sessionKey: input.sessionKey.trim() };
}

function requireText(name: string, value: unknown): void {
  if (typeof value !== "string") {
    throw new TypeError(
      `AgentLoop.run: ${name} must be a string, got ${value === null ? "null" : typeof value}`,
    );
  }
}

function requireNames(name: string, value: AllowList): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || !value.every(item => typeof item === "string")) {
    throw new TypeError(`AgentLoop.run: ${name} must be an array of strings`);
  }
}
