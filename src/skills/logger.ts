// Where a host wants its log: a function, or an object with a method per level as pino and most loggers have.

import type { LogEvent, LogLevel } from "./log.js";

export type Logger = LogFunction | LevelLogger;

export type LogFunction = (level: LogLevel, message: string) => void;

/** pino's interface: an object of bindings first where there are any, then the message. */
export type LevelLogger = Record<LogLevel, (bindingsOrMessage: object | string, message?: string) => void>;

const levels: readonly LogLevel[] = ["info", "warn", "error"];

export function isLogger(value: unknown): value is Logger {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  const methods = value as Record<string, unknown>;
  return levels.every(level => typeof methods[level] === "function");
}

/** A listener that hands events to the logger. A `LevelLogger` gets the id of the skill as the binding `skillId`. */
export function logSink(logger: Logger): (event: LogEvent) => void {
  if (typeof logger === "function") return ({ level, message }) => logger(level, message);
  return ({ level, message, skillId }) => {
    // Called as methods: loggers use their receiver.
    if (skillId === undefined) logger[level](message);
    else logger[level]({ skillId }, message);
  };
}
