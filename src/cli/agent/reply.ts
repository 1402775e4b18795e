// The reply to a single question on the output stream: as it comes where somebody looks, else at its end.

import type { Terminal } from "../terminal.js";

export class Reply {
  readonly #terminal: Terminal;
  readonly #streams: boolean;
  /** Of tools for the user, before the answer. */
  readonly #parts: string[] = [];
  #answer = "";
  #atLineStart = true;

  /** @param streams what it is told is written at once */
  constructor(terminal: Terminal, streams: boolean) {
    this.#terminal = terminal;
    this.#streams = streams;
  }

  /** The model is asked (again): what it says now is its answer, unless it calls tools. */
  beginAnswer(): void {
    this.endLine();
    this.#answer = "";
  }

  stream(piece: string): void {
    this.#answer += piece;
    this.#write(piece);
  }

  add(part: string): void {
    this.#parts.push(part);
    if (!this.#streams) return;
    this.endLine();
    this.#write(`${part}\n`);
  }

  endLine(): void {
    if (!this.#atLineStart) this.#write("\n");
  }

  /** All that is for the user. */
  whole(answer: string): string {
    return [...this.#parts, ...(answer === "" ? [] : [answer])].join("\n");
  }

  finish(answer: string): void {
    if (!this.#streams) this.#write(this.whole(answer));
    else if (answer !== this.#answer) {
      // A hook has changed it, or it was never streamed.
      this.endLine();
      this.#write(answer);
    }
    this.endLine();
  }

  #write(text: string): void {
    if (text === "") return;
    this.#terminal.out(text);
    this.#atLineStart = text.endsWith("\n");
  }
}
