// The whole texts of results that clients read page by page. In memory, bounded in number, bytes and time.

import { randomBytes } from "node:crypto";
import { ToolCache } from "../skills/tool-cache.js";

const uriPrefix = "luaskills://results/";
const cursorPrefix = "page-";

export const resultUriTemplate = `${uriPrefix}{id}`;

/** A page of a stored result. */
export interface PagePosition {
  /** Of the result. */
  id: string;
  /** From 1. */
  page: number;
  pageCount: number;
  /** In bytes of the text. */
  start: number;
}

export class StoredResults {
  readonly #texts = new ToolCache({ maxBytes: 64 * 1024 * 1024, maxEntries: 1_000, maxTtlSecs: 1_800 });

  /**
   * @returns its id, which nobody can guess: whoever has it may read the text
   * @throws RangeError for a text that is larger than everything that is kept together
   */
  keep(text: string): string {
    const secret = randomBytes(16).toString("base64url");
    return `${this.#texts.put(secret, text)}.${secret}`;
  }

  /** Undefined when it was never there or is no longer. */
  read(id: string): string | undefined {
    const [key = "", secret = ""] = id.split(".");
    return this.#texts.get(secret, key);
  }

  clear(): void {
    this.#texts.clear();
  }
}

export function resultUri(id: string): string {
  return uriPrefix + id;
}

/** The id in a URI of a stored result; undefined for other URIs. */
export function resultOfUri(uri: string): string | undefined {
  return uri.startsWith(uriPrefix) ? uri.slice(uriPrefix.length) : undefined;
}

/** A text that clients hand back as it is. */
export function cursorOf({ id, page, pageCount, start }: PagePosition): string {
  return cursorPrefix + Buffer.from(JSON.stringify([id, page, pageCount, start])).toString("base64url");
}

/** True for what `cursorOf` makes; arguments of skills may have the name `cursor` too. */
export function isCursor(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(cursorPrefix);
}

/** Undefined for texts that are no cursors. */
export function positionOf(cursor: string): PagePosition | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor.slice(cursorPrefix.length), "base64url").toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [id, ...numbers] = parts;
  const [page, pageCount, start] = numbers;
  if (typeof id !== "string" || !numbers.every(number => Number.isSafeInteger(number) && number >= 0)) {
    return undefined;
  }
  return { id, page, pageCount, start };
}
