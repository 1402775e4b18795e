/**
 * The one timer of a pool. It exists only while there is something to reap, never keeps the process alive, and is
 * set once per round instead of once per released VM (setting a timer costs as much as a whole short call).
 */
export class IdleReaper {
  readonly #ttlMs: number;
  readonly #reap: () => number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param ttlMs milliseconds a VM may be idle; `Infinity` never reaps
   * @param reap closes what is overdue and returns the milliseconds until the next VM is, `undefined` for none
   */
  constructor(ttlMs: number, reap: () => number | undefined) {
    this.#ttlMs = ttlMs;
    this.#reap = reap;
  }

  /** Says that there is something to reap `ttlMs` from now. */
  arm(): void {
    if (this.#timer === undefined && this.#ttlMs !== Number.POSITIVE_INFINITY) this.#set(this.#ttlMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #set(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const next = this.#reap();
      if (next !== undefined) this.#set(next);
    }, milliseconds);
    this.#timer.unref();
  }
}
