// Cuts the output of a process into lines.

const newline = 0x0a;

export class LineSplitter {
  readonly #limit: number;
  /** The start of a line whose end has not come yet. */
  #parts: Buffer[] = [];
  #length = 0;

  /** @param limit bytes that a line may have */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * The lines that end in this chunk, without their ends.
   *
   * @throws Error when a line is longer than the limit
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
    return lines;
  }

  /** What came after the last end of a line. */
  rest(): string {
    return this.#take();
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#length += part.length;
    if (this.#length > this.#limit) throw new Error(`a line is longer than ${this.#limit} bytes`);
    this.#parts.push(part);
  }

  #take(): string {
    const line = Buffer.concat(this.#parts).toString("utf8");
    this.#parts = [];
    this.#length = 0;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }
}
