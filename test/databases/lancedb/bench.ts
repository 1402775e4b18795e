// LanceDB on a folder of its own, as the worker thread of an engine runs it.

import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { type DatabaseAnswer, metaOf } from "#dist/databases/answer.js";
import { LanceDatabases, type LanceOptions } from "#dist/databases/lancedb/databases.js";
import type { LanceLocation } from "#dist/databases/lancedb/location.js";
import { FileLocks } from "#dist/files/file-lock.js";
import { temporaryFolder } from "../../skills/skill-tree.js";

/** The same tests run on each. */
export const locationKinds = {
  "a path": (folder: string) => folder,
  "a file URL": (folder: string) => pathToFileURL(folder).href,
};

export type Meta = { [name: string]: unknown };

export interface Answer {
  readonly meta: Meta;
  /** What stands behind the meta object; undefined if nothing does. */
  readonly body: Buffer | undefined;
}

export interface LanceBench {
  readonly databases: LanceDatabases;
  readonly location: LanceLocation;
  /** Of the location; nobody has made it yet. */
  readonly folder: string;
  run(action: string, input: object, payload?: string | Uint8Array): Promise<Answer>;
  /** The message of the error. */
  fails(action: string, input: object, payload?: string | Uint8Array): Promise<string>;
  /** The rows that a search for `vector` finds, as text and parsed. */
  search(input: object): Promise<{ text: string; rows: Meta[] }>;
}

export function lanceBench(
  t: TestContext,
  uriOf: (folder: string) => string = locationKinds["a path"],
  options: Partial<LanceOptions> = {},
): LanceBench {
  const folder = `${temporaryFolder(t)}/Vektoren & Räume 100%20`;
  const databases = newDatabases(t, options);
  const location = { uri: uriOf(folder) };
  const run = async (action: string, input: object, payload?: string | Uint8Array) => {
    const request = { action, head: JSON.stringify(input), ...(payload !== undefined && { payload }) };
    return split(await databases.perform(location, request));
  };
  return {
    databases,
    location,
    folder,
    run,
    fails: (action, input, payload) =>
      run(action, input, payload).then(
        ({ meta }) => `succeeded: ${JSON.stringify(meta)}`,
        (error: Error) => error.message,
      ),
    async search(input) {
      const { body } = await run("vector_search", input);
      const text = String(body);
      return { text, rows: JSON.parse(text) };
    },
  };
}

export function newDatabases(t: TestContext, options: Partial<LanceOptions> = {}): LanceDatabases {
  const locks = new FileLocks();
  const databases = new LanceDatabases({ locks, ...options });
  t.after(async () => {
    await databases[Symbol.asyncDispose]();
    locks[Symbol.dispose]();
  });
  return databases;
}

export function split(answer: DatabaseAnswer): Answer {
  const meta = metaOf(answer) as Meta;
  if (typeof answer === "string") return { meta, body: undefined };
  return { meta, body: Buffer.from(answer.subarray(answer.indexOf(10) + 1)) };
}

export function isThere(path: string): boolean {
  return existsSync(path);
}

/** A column of `create_table`. */
export function column(name: string, columnType: string, more: object = {}): object {
  return { name, column_type: columnType, ...more };
}

export function vectorColumn(name: string, dimension: number, more: object = {}): object {
  return column(name, "vector_float32", { vector_dim: dimension, ...more });
}

/** `n` whole numbers from 0. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index);
}
