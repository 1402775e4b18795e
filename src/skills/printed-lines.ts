// What an exec prints: kept for the report, and bounded, because it is not Lua's memory that it takes.

const limitBytes = 16 << 20;

export class PrintedLines {
  readonly lines: string[] = [];
  #bytes = 0;

  add(line: string): void {
    if (this.#bytes > limitBytes) return;
    this.#bytes += Buffer.byteLength(line) + 1;
    this.lines.push(this.#bytes > limitBytes ? `[what follows is beyond ${limitBytes} bytes]` : line);
  }
}
