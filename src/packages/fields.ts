// Reads the members of one mapping of a manifest. What is wrong is collected under the path of the member, so that an
// author sees every problem at once; null counts as missing, and keys nobody asks for are never looked at.

import type { Json } from "../vm/index.js";
import { isJsonObject, type JsonObject } from "./json-object.js";

export class Fields {
  readonly #raw: JsonObject;
  readonly #path: string;
  readonly #problems: string[];

  /**
   * @param path of the mapping in its document, "" for the document itself
   * @param problems receives what is wrong
   */
  constructor(raw: JsonObject, path: string, problems: string[]) {
    this.#raw = raw;
    this.#path = path;
    this.#problems = problems;
  }

  /** Path of a member, as messages name it. */
  label(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  report(problem: string | undefined): void {
    if (problem !== undefined) this.#problems.push(problem);
  }

  /** The member as it is; undefined for null too. */
  value(key: string): Json | undefined {
    return this.#raw[key] ?? undefined;
  }

  /** A required string; undefined after a problem. */
  text(key: string): string | undefined {
    const value = this.value(key);
    if (typeof value === "string") return value;
    this.report(value === undefined ? `${this.label(key)} is missing` : this.#wrong(key, "a string", value));
    return undefined;
  }

  /** A string that may be missing, "" then. */
  optionalText(key: string): string {
    return this.value(key) === undefined ? "" : (this.text(key) ?? "");
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.value(key);
    if (value === undefined || typeof value === "boolean") return value ?? fallback;
    this.report(this.#wrong(key, "true or false", value));
    return fallback;
  }

  /** A whole number that is not negative. */
  count(key: string, fallback: number): number {
    const value = this.value(key);
    if (value === undefined) return fallback;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    this.report(this.#wrong(key, "a whole number of at least 0", value));
    return fallback;
  }

  choice<Word extends string>(key: string, words: readonly Word[], fallback: Word): Word {
    const value = this.value(key);
    if (value === undefined) return fallback;
    const word = words.find(candidate => candidate === value);
    if (word === undefined) this.report(this.#wrong(key, `one of ${words.join(", ")}`, value));
    return word ?? fallback;
  }

  /** A mapping; undefined if it is missing or after a problem. */
  mapping(key: string): Fields | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : this.#fields(value, this.label(key));
  }

  /** The mappings of a list; a missing list is empty, items that are no mappings are left out after a problem. */
  mappings(key: string): Fields[] {
    const value = this.value(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.report(this.#wrong(key, "a list", value));
      return [];
    }
    return value.flatMap((item, index) => this.#fields(item, `${this.label(key)}[${index}]`) ?? []);
  }

  #fields(value: Json, path: string): Fields | undefined {
    if (isJsonObject(value)) return new Fields(value, path, this.#problems);
    this.report(`${path} must be a mapping, got ${describe(value)}`);
    return undefined;
  }

  #wrong(key: string, wanted: string, value: Json): string {
    return `${this.label(key)} must be ${wanted}, got ${describe(value)}`;
  }
}

function describe(value: Json): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `${typeof value} ${JSON.stringify(value)}`;
}
