// The calls that were made in the studio: those that run, which can be aborted, and the last ones that ended.

import { randomUUID } from "node:crypto";
import type { InvocationContext, InvocationResult, Json, SkillEngine } from "../index.js";
import { describeFailure } from "./failure.js";
import { RequestError } from "./refusal.js";
import type { CallDetail, CallFailure, CallRequest, CallSummary } from "./wire.js";

interface Call {
  readonly id: number;
  readonly request: CallRequest;
  readonly argsSize: number;
  readonly startedAt: number;
  readonly abort: AbortController;
  /** Undefined while it runs. */
  end?: End;
}

/** `size` is the characters that it takes to keep the call. */
type End = { durationMs: number; size: number } & Outcome;

type Outcome = { result: InvocationResult } | { failure: CallFailure };

const mostRunning = 256;
const keptCalls = 200;
/** Characters of arguments and results together; the oldest calls are forgotten first. */
const keptText = 64 << 20;
/** Characters of content that a page gets with the result. */
const shownContent = 256 << 10;

export class Calls {
  readonly #engine: SkillEngine;
  readonly #context: InvocationContext;
  readonly #changed: (summary: CallSummary) => void;
  /** In the order in which they were made. */
  readonly #calls = new Map<number, Call>();
  readonly #running = new Set<Promise<void>>();
  #lastId = 0;
  #closed = false;

  /**
   * @param context what calls say about their client; each gets an id of its own
   * @param changed hears of every call that starts or ends
   */
  constructor(engine: SkillEngine, context: InvocationContext, changed: (summary: CallSummary) => void) {
    this.#engine = engine;
    this.#context = context;
    this.#changed = changed;
  }

  /** @throws RequestError when too many calls run, or the arguments cannot be kept */
  start(request: CallRequest): CallSummary {
    if (this.#closed) throw new RequestError(503, "CLOSED", "the studio is closing");
    if (this.#running.size >= mostRunning) {
      throw new RequestError(429, "TOO_MANY_CALLS", `${mostRunning} calls are running: abort some, or wait`);
    }
    const argsSize = jsonSize(request.args);
    this.#lastId += 1;
    const id = this.#lastId;
    const call: Call = { id, request, argsSize, startedAt: Date.now(), abort: new AbortController() };
    this.#calls.set(call.id, call);
    const run = this.#run(call).finally(() => this.#running.delete(run));
    this.#running.add(run);
    const summary = summarize(call);
    this.#changed(summary);
    return summary;
  }

  /** Ends a call that runs; one that has ended stays as it is. */
  abort(id: number): void {
    this.#find(id).abort.abort();
  }

  list(): CallSummary[] {
    return [...this.#calls.values()].map(summarize);
  }

  /** @throws RequestError when it is not known, or no longer */
  detail(id: number): CallDetail {
    const call = this.#find(id);
    const detail: CallDetail = { ...summarize(call), args: call.request.args };
    const { end } = call;
    if (end === undefined) return detail;
    if ("failure" in end) return { ...detail, failure: end.failure };
    const { result } = end;
    const contentCut = result.content.length > shownContent;
    const content = contentCut ? result.content.slice(0, shownContent) : result.content;
    return { ...detail, result: { ...result, content, contentCut } };
  }

  /** The whole text that a call returned. @throws RequestError */
  content(id: number): string {
    const { end } = this.#find(id);
    if (end === undefined || "failure" in end) {
      throw new RequestError(404, "NO_RESULT", `call ${id} has no result`);
    }
    return end.result.content;
  }

  /** Ends what runs, and resolves when it has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { abort } of this.#calls.values()) abort.abort();
    await Promise.all(this.#running);
  }

  #find(id: number): Call {
    const call = this.#calls.get(id);
    if (call === undefined) {
      throw new RequestError(404, "NO_CALL", `there is no call ${id}; only the last ones are kept`);
    }
    return call;
  }

  async #run(call: Call): Promise<void> {
    const { name, args, timeoutMs } = call.request;
    const { signal } = call.abort;
    const started = performance.now();
    // On a lane, so that abort reaches also what never leaves a C function, and the page stays alive meanwhile.
    const limits = { signal, start: "lane", ...(timeoutMs === undefined ? {} : { timeoutMs }) } as const;
    const requestContext = { ...this.#context.requestContext, requestId: randomUUID() };
    const context = { ...this.#context, requestContext };
    let outcome: Outcome;
    try {
      outcome = { result: await this.#engine.call(name, args, { ...limits, context }) };
    } catch (error) {
      outcome = { failure: describeFailure(error) };
    }
    const durationMs = performance.now() - started;
    call.end = { durationMs, size: call.argsSize + sizeOf(outcome), ...outcome };
    this.#forget(call);
    this.#changed(summarize(call));
  }

  /** @param last has just ended and stays, whatever its size: somebody waits for it */
  #forget(last: Call): void {
    const ended = [...this.#calls.values()].flatMap(({ id, end }) => (end ? [{ id, size: end.size }] : []));
    let text = ended.reduce((sum, { size }) => sum + size, 0);
    let left = ended.length;
    for (const { id, size } of ended.filter(({ id }) => id !== last.id)) {
      if (left <= keptCalls && text <= keptText) return;
      this.#calls.delete(id);
      left -= 1;
      text -= size;
    }
  }
}

function summarize({ id, request, startedAt, end }: Call): CallSummary {
  const summary = { id, name: request.name, startedAt };
  if (end === undefined) return { ...summary, status: "running" };
  const { durationMs } = end;
  if ("result" in end) return { ...summary, status: "done", durationMs };
  const { code } = end.failure;
  return { ...summary, status: code === "LUA_ABORTED" ? "aborted" : "failed", durationMs, errorCode: code };
}

/** Characters, about. */
function sizeOf(outcome: Outcome): number {
  if ("failure" in outcome) return JSON.stringify(outcome.failure).length;
  const { content, hostResult } = outcome.result;
  return content.length + (hostResult === undefined ? 0 : JSON.stringify(hostResult).length);
}

/** Characters. @throws RequestError for what is nested deeper than the stack */
function jsonSize(args: Json): number {
  try {
    return JSON.stringify(args).length;
  } catch (error) {
    throw new RequestError(400, "JSON", `args: ${(error as Error).message}`);
  }
}
