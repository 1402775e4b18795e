/** One caller that waits for a lease. Settles exactly once; settling stops its timer and its abort listener. */
export interface Waiter<T> {
  /** Asked for by a caller that already holds a lease: served first and beyond the pool's size. */
  readonly nested: boolean;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

interface Node<T> {
  readonly waiter: Waiter<T>;
  before: Node<T> | undefined;
  after: Node<T> | undefined;
}

export interface WaitOptions {
  nested: boolean;
  signal: AbortSignal | undefined;
  /** Milliseconds; `Infinity` for no limit. */
  timeoutMs: number;
  /** Makes the error of a wait that took too long. */
  timeoutError: () => Error;
}

/**
 * First in, first out; nested waiters go to the front. A doubly linked list, because any waiter may leave from
 * the middle (timeout, abort) while thousands wait.
 */
export class WaitingQueue<T> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Waiter<T> | undefined {
    return this.#first?.waiter;
  }

  /** Resolves with what the waiter is given; rejects with the signal's reason, the timeout error or what `reject` got. */
  wait(options: WaitOptions): Promise<T> {
    const { nested, signal, timeoutMs, timeoutError } = options;
    return new Promise<T>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#remove(node);
      };
      const onAbort = (): void => waiter.reject(signal?.reason);
      const waiter: Waiter<T> = {
        nested,
        resolve: value => {
          leave();
          resolve(value);
        },
        reject: reason => {
          leave();
          reject(reason);
        },
      };
      const node: Node<T> = { waiter, before: undefined, after: undefined };
      this.#insert(node);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (timeoutMs !== Number.POSITIVE_INFINITY) {
        timer = setTimeout(() => waiter.reject(timeoutError()), timeoutMs);
      }
    });
  }

  rejectAll(makeReason: () => unknown): void {
    while (this.#first !== undefined) {
      this.#first.waiter.reject(makeReason());
    }
  }

  #insert(node: Node<T>): void {
    if (node.waiter.nested) {
      node.after = this.#first;
      if (this.#first !== undefined) this.#first.before = node;
      this.#first = node;
      this.#last ??= node;
    } else {
      node.before = this.#last;
      if (this.#last !== undefined) this.#last.after = node;
      this.#last = node;
      this.#first ??= node;
    }
    this.#size++;
  }

  #remove(node: Node<T>): void {
    if (node.before === undefined) this.#first = node.after;
    else node.before.after = node.after;
    if (node.after === undefined) this.#last = node.before;
    else node.after.before = node.before;
    this.#size--;
  }
}
