// Where conversations live. A turn is a transaction: what it wrote appears all at once with `commit`, or never did.

import type { Message } from "./messages.js";

/** What a session has after its last committed turn. */
export interface SessionHistory {
  /** What compaction made of messages that are gone; "" where there is none. */
  summary: string;
  /** Oldest first. Begins with no tool message; every tool call in it is answered. */
  messages: Message[];
}

/** Makes room: the summary replaces the old one and speaks for the `dropped` oldest messages too. */
export interface Compaction {
  summary: string;
  /** How many of the oldest messages go. */
  dropped: number;
}

export interface TurnStart {
  turnId: string;
  agentId: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

/** How a turn went, for the log of turns. */
export interface TurnSummary {
  status: "completed" | "error" | "aborted";
  iterations: number;
  endedAt: number;
  /** Message of what failed. */
  error?: string;
}

/** The writing half of one turn. One of `commit` and `discard` ends it; after that `append`, `compact` and `commit` throw. */
export interface TurnLog {
  /** What the session had when the turn began, as `read` gives it. */
  readonly history: SessionHistory;
  /** May keep the message in memory until `commit`. What it throws fails the turn. */
  append(message: Message): void | Promise<void>;
  /** Of the messages that were there when the turn began; replaces an earlier one of the same turn. */
  compact(compaction: Compaction): void | Promise<void>;
  /** All that was appended and compacted, durably. Of a commit that throws nothing is left. */
  commit(summary: TurnSummary): Promise<void>;
  /** As if the turn had not been, except for the log of turns. Never throws. */
  discard(summary: TurnSummary): Promise<void>;
}

/** The loop never begins a second turn of a session before the first has ended. */
export interface SessionStore {
  /** Empty for a session that does not exist. */
  read(sessionKey: string): Promise<SessionHistory>;
  begin(sessionKey: string, turn: TurnStart): Promise<TurnLog>;
  /** Outside a turn: the background summary. */
  compact(sessionKey: string, compaction: Compaction): Promise<void>;
  /** Forgets the session. */
  clear(sessionKey: string): Promise<void>;
  /** Keys of all sessions, sorted. */
  list(): Promise<string[]>;
  close?(): Promise<void>;
}
