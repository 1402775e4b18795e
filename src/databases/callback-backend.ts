// Databases that the host keeps itself: each operation goes to its callback, with the input as the skill wrote it.

import { encode } from "../vm/encode.js";
import type { Json } from "../vm/index.js";
import { answerWithBody, type DatabaseAnswer } from "./answer.js";
import type { DatabaseBinding, DatabaseKind, SkillDatabase } from "./binding.js";
import type { DatabaseBackend, DatabaseProvider, DatabaseRequest, LibraryStatus } from "./provider.js";

export class CallbackBackend implements DatabaseBackend {
  readonly logged = false;
  readonly #kind: DatabaseKind;
  readonly #provider: DatabaseProvider;

  constructor(kind: DatabaseKind, provider: DatabaseProvider) {
    this.#kind = kind;
    this.#provider = provider;
  }

  problem(): undefined {
    return undefined;
  }

  library(): LibraryStatus {
    const stage = "host_managed";
    return { integrationMode: "host_callback", path: "", name: "host_callback", version: stage, stage };
  }

  locate(binding: DatabaseBinding): string {
    return binding.default_database_path;
  }

  async perform(
    database: SkillDatabase,
    request: DatabaseRequest,
    signal: AbortSignal,
  ): Promise<DatabaseAnswer> {
    const response = this.#ask(database, request);
    // Nobody waits any more when the signal fires; a rejection that comes later must not be an unhandled one.
    if (response instanceof Promise) signal.addEventListener("abort", () => response.catch(() => {}));
    return this.#answer(request.action, await response);
  }

  performSync(database: SkillDatabase, request: DatabaseRequest): DatabaseAnswer {
    const response = this.#ask(database, request);
    if (!(response instanceof Promise)) return this.#answer(request.action, response);
    response.catch(() => {});
    throw new Error(
      `${this.#kind}.${request.action}: the host's provider answers later, and a synchronous call cannot wait for it`,
    );
  }

  async release(): Promise<void> {}

  async close(): Promise<void> {}

  #ask({ binding }: SkillDatabase, request: DatabaseRequest): Json | Promise<Json> {
    const input = this.#kind === "sqlite" ? sqliteInput(request) : lanceInput(request);
    return this.#provider.handle({ action: request.action, binding: { ...binding }, input });
  }

  #answer(action: string, response: unknown): DatabaseAnswer {
    const where = `${this.#kind}.${action}: the host's provider`;
    if (this.#kind === "sqlite") return encode(response ?? null, `${where} returned`);
    if (typeof response !== "object" || response === null || Array.isArray(response)) {
      throw new Error(`${where} must return an object { meta, data_base64 }`);
    }
    const { meta = {}, data_base64: data } = response as { meta?: unknown; data_base64?: unknown };
    const text = encode(meta, `${where} returned meta`);
    if (action !== "vector_search") return text;
    if (data !== undefined && data !== null && typeof data !== "string") {
      throw new Error(`${where} must return data_base64 as a string`);
    }
    const bytes = decodeBase64(data ?? "", where);
    if ((meta as { format?: unknown } | null)?.format === "json") requireJson(bytes, where);
    return answerWithBody(text, bytes);
  }
}

function sqliteInput({ action, head, payload }: DatabaseRequest): Json {
  const input = parseHead(head);
  if (payload === undefined) return input;
  const name = action === "execute_batch" ? "items" : "params";
  return { ...input, [name]: JSON.parse(String(payload)) };
}

function lanceInput({ head, payload }: DatabaseRequest): Json {
  const input = parseHead(head);
  if (payload === undefined) return input;
  return { ...input, data_base64: Buffer.from(payload as Uint8Array).toString("base64") };
}

/** A table without any member arrives as an empty array. */
function parseHead(head: string): { [key: string]: Json } {
  const input = JSON.parse(head);
  return Array.isArray(input) && input.length === 0 ? {} : input;
}

function decodeBase64(text: string, where: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64").replace(/=+$/, "") !== text.replace(/=+$/, "")) {
    throw new Error(`${where} returned data_base64 that is no base64`);
  }
  return bytes;
}

function requireJson(bytes: Uint8Array, where: string): void {
  try {
    JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    throw new Error(`${where} returned data that is no JSON: ${(error as Error).message}`);
  }
}
