// What the engine and its skills have to say. Nothing is written anywhere unless a host listens.

export type LogLevel = "info" | "warn" | "error";

export interface LogEvent {
  level: LogLevel;
  message: string;
  /** The skill that spoke, by `print` or `vulcan.runtime.log`; absent for messages of the engine. */
  skillId?: string;
}

/** Fans messages out to the listeners of one engine. A listener that fails never disturbs a call. */
export class LogHub {
  readonly #listeners = new Set<(event: LogEvent) => void>();

  /** @returns removes the listener */
  listen(listener: (event: LogEvent) => void): () => void {
    const own = (event: LogEvent) => listener(event);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  write(event: LogEvent): void {
    for (const listener of this.#listeners) {
      try {
        const outcome: unknown = listener(event);
        if (outcome instanceof Promise) outcome.catch(() => {});
      } catch {
        // The log is the last place a message can go: there is nobody left to tell.
      }
    }
  }
}
