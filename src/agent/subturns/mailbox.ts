// Results of sub-turns on their way into the context of their parent. Offering and closing are one step each: a letter is
// delivered or orphaned, never both and never neither.

/** What became of a letter: taken into the box; or its reader was over already, or has ended while it waited for room. */
export type Delivery = "delivered" | "parent_finished" | "parent_finished_waiting";

interface Waiting<Letter> {
  letter: Letter;
  settle(delivery: Delivery): void;
}

export class Mailbox<Letter> {
  readonly #capacity: number;
  readonly #letters: Letter[] = [];
  readonly #waiting: Waiting<Letter>[] = [];
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Letters to read, those that wait for room among them. */
  get size(): number {
    return this.#letters.length + this.#waiting.length;
  }

  /** Puts a letter in; while the box is full, it waits in line. */
  offer(letter: Letter): Delivery | Promise<Delivery> {
    if (this.#closed) return "parent_finished";
    if (this.#letters.length < this.#capacity) {
      this.#letters.push(letter);
      return "delivered";
    }
    return new Promise(settle => this.#waiting.push({ letter, settle }));
  }

  /** The letter to read next. It stays until it is taken: a reader that fails has not read it. */
  get next(): Letter | undefined {
    return this.#letters[0];
  }

  /** Takes the next letter out; who waits longest for room has it then. */
  take(): void {
    this.#letters.shift();
    const first = this.#waiting.shift();
    if (first === undefined) return;
    this.#letters.push(first.letter);
    first.settle("delivered");
  }

  /** @returns the letters in the box that nobody will read; those in line hear it from their own offer */
  close(): Letter[] {
    this.#closed = true;
    for (const { settle } of this.#waiting.splice(0)) settle("parent_finished_waiting");
    return this.#letters.splice(0);
  }
}
