// Bytes in the order they came, up to a limit; beyond it the oldest are lost.

export class ByteQueue {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #overflowed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length <= this.#limit) return;
    this.drop(this.#length - this.#limit);
    this.#overflowed = true;
  }

  /** The oldest `count` bytes, or all there are. */
  peek(count: number): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return (this.#chunks[0] ?? Buffer.alloc(0)).subarray(0, count);
  }

  /** Takes the oldest `count` bytes away. */
  drop(count: number): void {
    this.#length -= count;
    let rest = count;
    while (rest > 0) {
      const first = this.#chunks[0] as Buffer;
      if (first.length <= rest) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(rest);
      rest -= Math.min(rest, first.length);
    }
  }

  /** Whether bytes were lost since this was last asked. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }
}
