// What the engine and its skills have to say. Nothing is written anywhere unless a host listens.

export type LogLevel = "info" | "warn" | "error";

export interface LogEvent {
  level: LogLevel;
  message: string;
  /** The skill that spoke, by `print` or `vulcan.runtime.log`; absent for messages of the engine. */
  skillId?: string;
}

/** Methods that take fields and a message, in the order of pino (and bunyan): `logger.info({ skillId }, message)`. */
export type StructuredLogger = {
  [Level in LogLevel]: (fields: Omit<LogEvent, "level" | "message">, message: string) => void;
};

/** Where a host wants messages: a function, or a logger such as pino's. */
export type Logger = ((level: LogLevel, message: string) => void) | StructuredLogger;

const levels: readonly LogLevel[] = ["info", "warn", "error"];

/** True for what the option `logger` takes. */
export function isLogger(value: unknown): value is Logger {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return levels.every(level => typeof (value as Record<string, unknown>)[level] === "function");
}

/** A listener that passes events on to a logger. */
export function toLogger(logger: Logger): (event: LogEvent) => void {
  if (typeof logger === "function") return ({ level, message }) => logger(level, message);
  return ({ level, message, ...fields }) => logger[level](fields, message);
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
