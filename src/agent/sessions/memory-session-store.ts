// Sessions for as long as the process lives: what a loop has unless a host gives it something better.

import { AgentError } from "../errors.js";
import type { Message } from "../messages.js";
import type {
  Compaction,
  SessionHistory,
  SessionStore,
  TurnLog,
  TurnStart,
  TurnSummary,
} from "../session-store.js";

export class MemorySessionStore implements SessionStore {
  readonly #sessions = new Map<string, SessionHistory>();

  async read(sessionKey: string): Promise<SessionHistory> {
    return copy(this.#sessions.get(sessionKey));
  }

  async begin(sessionKey: string, _turn: TurnStart): Promise<TurnLog> {
    return new MemoryTurnLog(copy(this.#sessions.get(sessionKey)), (appended, compaction) => {
      const before = this.#sessions.get(sessionKey) ?? { summary: "", messages: [] };
      const kept = compacted(before, compaction);
      this.#sessions.set(sessionKey, { ...kept, messages: [...kept.messages, ...appended] });
    });
  }

  async compact(sessionKey: string, compaction: Compaction): Promise<void> {
    const before = this.#sessions.get(sessionKey);
    if (before !== undefined) this.#sessions.set(sessionKey, compacted(before, compaction));
  }

  async clear(sessionKey: string): Promise<void> {
    this.#sessions.delete(sessionKey);
  }

  async list(): Promise<string[]> {
    return [...this.#sessions.keys()].sort();
  }
}

class MemoryTurnLog implements TurnLog {
  readonly history: SessionHistory;
  readonly #write: (appended: Message[], compaction: Compaction | undefined) => void;
  readonly #appended: Message[] = [];
  #compaction: Compaction | undefined;
  #ended = false;

  constructor(
    history: SessionHistory,
    write: (appended: Message[], compaction: Compaction | undefined) => void,
  ) {
    this.history = history;
    this.#write = write;
  }

  append(message: Message): void {
    this.#requireOpen("append");
    this.#appended.push(structuredClone(message));
  }

  compact(compaction: Compaction): void {
    this.#requireOpen("compact");
    this.#compaction = { ...compaction };
  }

  async commit(_summary: TurnSummary): Promise<void> {
    this.#requireOpen("commit");
    this.#ended = true;
    this.#write(this.#appended, this.#compaction);
  }

  async discard(_summary: TurnSummary): Promise<void> {
    this.#ended = true;
  }

  #requireOpen(operation: string): void {
    if (!this.#ended) return;
    throw new AgentError("SESSION_STORE", `turn log: ${operation} after the turn was committed or discarded`);
  }
}

function copy(history: SessionHistory | undefined): SessionHistory {
  return history === undefined ? { summary: "", messages: [] } : structuredClone(history);
}

function compacted(history: SessionHistory, compaction: Compaction | undefined): SessionHistory {
  if (compaction === undefined) return history;
  return { summary: compaction.summary, messages: history.messages.slice(compaction.dropped) };
}
