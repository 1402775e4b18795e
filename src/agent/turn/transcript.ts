// What a turn says and hears, in order: the one place where messages are added. A turn of a session writes through the log
// of its store; a sub-turn keeps its newest messages and nothing else.

import type { Message, ToolCall } from "../messages.js";
import type { Compaction, SessionHistory, TurnLog, TurnSummary } from "../session-store.js";

const unmade = "Aborted: the turn ended before this tool had a result.";
const nothing: SessionHistory = { summary: "", messages: [] };

export class Transcript {
  readonly #log: TurnLog | undefined;
  #history: SessionHistory;
  /** Of this turn. */
  #messages: Message[] = [];
  /** Calls of the last assistant message that nobody has answered yet, in order. */
  #open: ToolCall[] = [];
  readonly #keep: number;
  #pinned = 0;

  private constructor(log: TurnLog | undefined, keep: number) {
    this.#log = log;
    this.#history = log?.history ?? nothing;
    this.#keep = keep;
  }

  /** Of a turn of a session. */
  static of(log: TurnLog): Transcript {
    return new Transcript(log, Number.POSITIVE_INFINITY);
  }

  /** Without a session. Keeps what it begins with, and the `keep` newest messages after that. */
  static ephemeral(keep: number, initial: readonly Message[] = []): Transcript {
    const transcript = new Transcript(undefined, keep);
    transcript.#messages = [...initial];
    transcript.pin();
    return transcript;
  }

  /** What is there now stays, however long the turn gets. */
  pin(): void {
    this.#pinned = this.#messages.length;
  }

  get summary(): string {
    return this.#history.summary;
  }

  /** What was there before the turn, without what compaction has dropped. */
  get history(): readonly Message[] {
    return this.#history.messages;
  }

  /** Of this turn. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Calls that still have no tool message. */
  get openCalls(): readonly ToolCall[] {
    return this.#open;
  }

  /**
   * Adds a message, and to the log of the session where there is one.
   *
   * @throws what the store throws: then the message is not there
   */
  async append(message: Message): Promise<void> {
    const written = this.#log?.append(message);
    if (written !== undefined) await written;
    this.#messages.push(message);
    if (message.role === "assistant") this.#open = [...(message.toolCalls ?? [])];
    if (message.role === "tool") this.#open = this.#open.filter(({ id }) => id !== message.toolCallId);
    this.#trim();
  }

  /** Answers a call that has no result and will have none, so that the history is one that a provider takes. */
  async answerUnmade({ id, name }: ToolCall): Promise<void> {
    await this.append({ role: "tool", toolCallId: id, toolName: name, content: unmade, isError: true });
  }

  async compact({ summary, dropped }: Compaction): Promise<void> {
    const before = this.#log?.history.messages.length ?? 0;
    const already = before - this.#history.messages.length;
    await this.#log?.compact({ summary, dropped: already + dropped });
    this.#history = { summary, messages: this.#history.messages.slice(dropped) };
  }

  async commit(summary: TurnSummary): Promise<void> {
    await this.#log?.commit(summary);
  }

  async discard(summary: TurnSummary): Promise<void> {
    await this.#log?.discard(summary);
  }

  /** Drops the oldest, but never tears calls from their answers, nor drops answers that the model has not seen. */
  #trim(): void {
    let from = this.#messages.length - this.#keep;
    if (from <= this.#pinned) return;
    while (this.#messages[from]?.role === "tool") from++;
    const latest = this.#messages.findLastIndex(({ role }) => role === "assistant");
    const said = this.#messages[latest];
    if (said?.role === "assistant" && (said.toolCalls?.length ?? 0) > 0) from = Math.min(from, latest);
    if (from > this.#pinned) this.#messages.splice(this.#pinned, from - this.#pinned);
  }
}
