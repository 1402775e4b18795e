// Turns what is written to a stream, in whatever pieces, into lines.

const lineFeed = 0x0a;

/** A line that never ends is let go in pieces of this many bytes. */
const maxPending = 64 * 1024;

export class LineBuffer {
  readonly #emit: (line: string) => void;
  #pending: Buffer[] = [];
  #size = 0;

  /** @param emit gets each line without its end; bytes that are no UTF-8 are U+FFFD there */
  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  write(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      this.#keep(bytes.subarray(start, end));
      this.#send();
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
    if (this.#size >= maxPending) this.#send();
  }

  /** What is left, as a line of its own. */
  flush(): void {
    if (!this.isEmpty) this.#send();
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#size += bytes.length;
  }

  #send(): void {
    const line = Buffer.concat(this.#pending).toString("utf8");
    this.#pending = [];
    this.#size = 0;
    this.#emit(line);
  }
}
