// The fields of one request. What is required must be right; an optional field of a wrong type counts as absent, as skills
// that were written for the original runtime expect.

import type { Json } from "../vm/index.js";

/** One that says which field is wrong. The caller says of which operation. */
export class InputError extends TypeError {
  constructor(message: string) {
    super(message);
    this.name = "InputError";
  }
}

/** The largest number that an unsigned 64-bit field holds, and one more. */
const countLimit = 2 ** 64;

export class DatabaseInput {
  readonly #fields: { readonly [name: string]: Json };

  /** @param head JSON text of a table; that of an array has no fields */
  constructor(head: string) {
    const input: unknown = JSON.parse(head);
    const hasFields = typeof input === "object" && input !== null && !Array.isArray(input);
    this.#fields = hasFields ? (input as { [name: string]: Json }) : {};
  }

  /** Whether there is such a field, whatever its value. */
  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  /**
   * A string with something in it, as it was given.
   *
   * @throws InputError also for NUL characters, which end a text for SQLite
   */
  text(name: string): string {
    const value = this.#get(name);
    if (typeof value !== "string") {
      throw new InputError(`${name} must be a non-blank string, got ${luaType(value)}`);
    }
    if (isBlank(value)) throw new InputError(`${name} must be a non-blank string, got a blank one`);
    return withoutNul(name, value);
  }

  /** A string that may be empty, "" by default. */
  optionalText(name: string): string {
    const value = this.#get(name);
    return typeof value === "string" ? withoutNul(name, value) : "";
  }

  /** A whole number from 0. */
  count(name: string): number | undefined {
    const value = this.#get(name);
    return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < countLimit
      ? value
      : undefined;
  }

  /** A whole number from 0 that has to be there. @throws InputError */
  requiredCount(name: string): number {
    const count = this.count(name);
    if (count !== undefined) return count;
    const value = this.#get(name);
    const got = typeof value === "number" ? value : luaType(value);
    throw new InputError(`${name} must be a non-negative integer, got ${got}`);
  }

  /** False by default. */
  flag(name: string): boolean {
    return this.#get(name) === true;
  }

  #get(name: string): Json | undefined {
    return this.has(name) ? this.#fields[name] : undefined;
  }
}

/** Nothing but white space, as Unicode has it. */
export function isBlank(text: string): boolean {
  return !/\P{White_Space}/u.test(text);
}

/** The text without white space at its ends. */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charAt(start))) start++;
  while (end > start && isBlank(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** A text that was refused, as far as a message has room for it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function withoutNul(name: string, text: string): string {
  if (text.includes("\0")) throw new InputError(`${name} must not contain NUL characters`);
  return text;
}

function luaType(value: Json | undefined): string {
  if (value === undefined || value === null) return "nil";
  return typeof value === "object" ? "table" : typeof value;
}
