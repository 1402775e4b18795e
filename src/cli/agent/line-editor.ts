// A line to type in below text that keeps coming. The line shows up with the first key and makes way for text: whole lines
// of it appear above, what is no whole line yet waits until the line is free again.

import { clearScreenDown, createInterface, type Interface, moveCursor } from "node:readline";
import { Writable } from "node:stream";

export interface LineEditorEvents {
  /** A line was typed and nobody had asked for one. */
  line(text: string): void;
  /** Ctrl-C. */
  interrupt(): void;
  /** Ctrl-D, or the terminal is gone. */
  end(): void;
}

interface Question {
  prompt: string;
  resolve(answer: string | undefined): void;
}

export class LineEditor implements Disposable {
  readonly #readline: Interface;
  readonly #output: NodeJS.WriteStream;
  readonly #events: LineEditorEvents;
  readonly #questions: Question[] = [];
  readonly #stopListening: () => void;
  /** Text that has not been written yet. */
  #held = "";
  #atLineStart = true;
  /** The line is on the screen. */
  #shown = false;
  /** Of the line while nothing is asked. */
  #prompt = "";
  /** Without a key pressed, the line is shown only if it is. */
  #waits = false;
  /** What was being typed when a question came. */
  #aside = "";
  #closed = false;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, events: LineEditorEvents) {
    this.#output = output;
    this.#events = events;
    const echo = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        this.#echo(String(chunk));
        done();
      },
    });
    sizeAs(echo, output);
    this.#readline = createInterface({ input, output: echo, terminal: true, prompt: "" });
    this.#readline.on("line", text => this.#lineTyped(text));
    this.#readline.on("SIGINT", () => events.interrupt());
    this.#readline.on("close", () => {
      if (!this.#closed) events.end();
    });
    // After the listener of readline, which has then put the key into the line.
    const keyPressed = () => this.#keyPressed();
    input.on("keypress", keyPressed);
    // Readline then draws the line again.
    const resized = () => {
      if (this.#shown) echo.emit("resize");
    };
    output.on("resize", resized);
    this.#stopListening = () => {
      input.off("keypress", keyPressed);
      output.off("resize", resized);
    };
  }

  /** What has been typed into the line and not been sent. */
  get typed(): string {
    return this.#readline.line;
  }

  /** Empties the line. */
  clear(): void {
    this.#hide();
    this.#replaceLine("");
    this.#refresh();
  }

  /** @param waits the line is shown even when nothing is typed: the user is expected to say something */
  expect(prompt: string, waits: boolean): void {
    this.#hide();
    this.#prompt = prompt;
    this.#waits = waits;
    this.#refresh();
  }

  /** Writes text, above the line where there is one. */
  write(text: string): void {
    this.#held += text;
    this.#flush();
  }

  /** Begins a new line unless the text is at the start of one. */
  endLine(): void {
    const last = this.#held === "" ? (this.#atLineStart ? "\n" : "") : this.#held.at(-1);
    if (last !== "\n") this.write("\n");
  }

  /**
   * Asks for a line, after the questions asked before. A line that is being typed comes back after them.
   *
   * @param signal takes the question back
   * @returns undefined when it was taken back, or the editor was closed
   */
  ask(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    return new Promise(resolve => {
      const question: Question = {
        prompt,
        resolve: answer => {
          signal.removeEventListener("abort", withdraw);
          resolve(answer);
        },
      };
      const withdraw = () => this.withdraw(question);
      if (this.#closed || signal.aborted) return resolve(undefined);
      signal.addEventListener("abort", withdraw, { once: true });
      this.#questions.push(question);
      if (this.#questions.length > 1) return;
      this.#hide();
      this.#setAside();
      this.#refresh();
    });
  }

  /** Takes the question back that is being asked. @returns false when none is */
  withdraw(question = this.#questions[0]): boolean {
    const at = question === undefined ? -1 : this.#questions.indexOf(question);
    if (at === -1) return false;
    this.#hide();
    this.#questions.splice(at, 1);
    question?.resolve(undefined);
    if (at === 0) this.#replaceLine(this.#questions.length === 0 ? this.#aside : "");
    this.#refresh();
    return true;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { resolve } of this.#questions.splice(0)) resolve(undefined);
    this.#hide();
    this.#stopListening();
    this.#readline.close();
    this.#flush();
  }

  #lineTyped(text: string): void {
    // Readline has ended the line on the screen, if it was there.
    if (this.#shown) this.#atLineStart = true;
    this.#shown = false;
    const question = this.#questions.shift();
    if (question === undefined) this.#events.line(text);
    else question.resolve(text);
    if (question !== undefined && this.#questions.length === 0) this.#replaceLine(this.#aside);
    this.#flush();
    this.#refresh();
  }

  #setAside(): void {
    this.#aside = this.typed;
    this.#replaceLine("");
  }

  /** While it is not on the screen. */
  #replaceLine(text: string): void {
    // Readline keeps the line in a property, and has no method that changes it without drawing it.
    Object.assign(this.#readline, { line: text, cursor: text.length });
  }

  #keyPressed(): void {
    if (this.#shown && !this.#isNeeded) this.#hide();
    this.#flush();
  }

  get #isNeeded(): boolean {
    return this.#waits || this.#questions.length > 0 || this.typed !== "";
  }

  /** Shows the line if it should be there. */
  #refresh(): void {
    if (this.#closed || this.#shown || !this.#isNeeded) return;
    this.#flush();
    this.#begin();
    this.#readline.setPrompt(this.#currentPrompt);
    this.#readline.prompt(true);
  }

  get #currentPrompt(): string {
    return this.#questions[0]?.prompt ?? this.#prompt;
  }

  #begin(): void {
    if (!this.#atLineStart) this.#output.write("\n");
    this.#atLineStart = true;
    this.#shown = true;
  }

  /** Takes the line off the screen; what was typed stays in it. */
  #hide(): void {
    if (!this.#shown) return;
    const { rows } = this.#readline.getCursorPos();
    this.#output.write("\r");
    moveCursor(this.#output, 0, -rows);
    clearScreenDown(this.#output);
    this.#shown = false;
    // Readline would go up as many rows again before it draws the line.
    Object.assign(this.#readline, { prevRows: 0 });
  }

  #flush(): void {
    const end = this.#shown ? this.#held.lastIndexOf("\n") + 1 : this.#held.length;
    if (end === 0) return;
    const wasShown = this.#shown;
    this.#hide();
    this.#output.write(this.#held.slice(0, end));
    this.#atLineStart = this.#held[end - 1] === "\n";
    this.#held = this.#held.slice(end);
    if (wasShown) this.#refresh();
  }

  /** What readline writes: nothing of an empty line that is not there. */
  #echo(text: string): void {
    if (this.#closed) return;
    if (!this.#shown) {
      if (text.trim() === "" && this.typed === "") return;
      this.#begin();
      this.#readline.setPrompt(this.#currentPrompt);
      this.#output.write(this.#currentPrompt);
    }
    this.#output.write(text);
  }
}

/** Readline asks its output how large it is. */
function sizeAs(echo: Writable, output: NodeJS.WriteStream): void {
  Object.defineProperty(echo, "columns", { get: () => output.columns });
  Object.defineProperty(echo, "rows", { get: () => output.rows });
}
