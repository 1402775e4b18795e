// The listeners of one event of an engine.

export class Listeners<Payload> {
  readonly #listeners = new Set<(payload: Payload) => void>();

  /** @returns removes the listener */
  add(listener: (payload: Payload) => void): () => void {
    const own = (payload: Payload) => listener(payload);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Tells every listener. What one throws, or rejects with, reaches `failed` and disturbs nobody else. */
  emit(payload: Payload, failed: (error: unknown) => void): void {
    for (const listener of this.#listeners) {
      try {
        const outcome: unknown = listener(payload);
        if (outcome instanceof Promise) outcome.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}
