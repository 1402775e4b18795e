/** The last things of a row that has no end. */
export class Ring<Item> {
  readonly #capacity: number;
  #items: Item[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: Item): void {
    this.#items.push(item);
    // Now and then, not each time: shifting costs as much as slicing.
    if (this.#items.length >= 2 * this.#capacity) this.#items = this.items();
  }

  /** Oldest first. */
  items(): Item[] {
    return this.#items.slice(-this.#capacity);
  }
}
