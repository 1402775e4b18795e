// The Lua side of the repl: a lease, whose globals stay from one input to the next.

import { readFileSync } from "node:fs";
import { type Lease, LuaError, type SkillEngine, SkillError } from "../../index.js";

export type Outcome =
  /** What the input came to, each value as text. */
  | { kind: "values"; values: string[] }
  /** More lines must come. */
  | { kind: "incomplete"; problem: string }
  | { kind: "failed"; message: string; traceback?: string }
  | { kind: "interrupted" };

export interface ReplSession {
  /** Something runs. */
  readonly running: boolean;
  /** Runs one input; inputs wait for each other. */
  run(source: string): Promise<Outcome>;
  /** Ends what runs, and drops what waits. */
  interrupt(): void;
  /** Names with which the end of the line could go on, and that end. */
  complete(line: string): Promise<{ candidates: string[]; typed: string }>;
}

export interface SessionOptions {
  print(line: string): void;
  /** Columns that values may take, asked for each input. */
  width(): number;
  coloured: boolean;
  /** Aborted when the repl ends. */
  signal: AbortSignal;
}

/** As good as none. */
const noTimeoutMs = 2 ** 31 - 1;
const longestTtlSecs = 3_600;
/** Milliseconds; well within that time. */
const keepAliveEvery = 1_200_000;
/** Milliseconds for what runs no code of the user's. */
const completionTimeoutMs = 5_000;

const readLua = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

export async function openSession(engine: SkillEngine, options: SessionOptions): Promise<ReplSession> {
  let lease = await openLease(engine, options);
  let controller = new AbortController();
  let running = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** A lease does one thing at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  }

  const keepAlive = setInterval(() => void inTurn(() => lease.eval("")).catch(() => {}), keepAliveEvery);
  keepAlive.unref();
  const end = () => {
    clearInterval(keepAlive);
    controller.abort();
  };
  options.signal.addEventListener("abort", end, { once: true });

  async function evaluate(source: string, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return { kind: "interrupted" };
    try {
      const args = { source, width: options.width(), coloured: options.coloured };
      const limits = { signal, timeoutMs: noTimeoutMs, start: "lane" } as const;
      const result = await lease.eval("return package.loaded['luaskills.repl'].run(args)", args, limits);
      return outcomeOf(result as RunResult);
    } catch (error) {
      if (error instanceof SkillError) return { kind: "failed", message: await explain(error) };
      if (!(error instanceof LuaError)) throw error;
      if (error.code === "LUA_ABORTED") return { kind: "interrupted" };
      const traceback = ownFrames(error.traceback);
      return { kind: "failed", message: error.message, ...(traceback === "" ? {} : { traceback }) };
    }
  }

  /** A lease that has ended is replaced. */
  async function explain({ code, message }: SkillError): Promise<string> {
    if (code !== "LEASE_CLOSED" && code !== "LEASE_EXPIRED") return message;
    lease = await openLease(engine, options);
    return `${message}; a new session begins, without what was set`;
  }

  return {
    get running() {
      return running > 0;
    },
    run(source) {
      const { signal } = controller;
      running += 1;
      return inTurn(() => evaluate(source, signal)).finally(() => {
        running -= 1;
      });
    },
    interrupt() {
      controller.abort();
      controller = new AbortController();
    },
    async complete(line) {
      if (running > 0) return { candidates: [], typed: "" };
      const limits = { timeoutMs: completionTimeoutMs };
      const code = "return package.loaded['luaskills.repl'].complete(args)";
      const found = await inTurn(() => lease.eval(code, { line }, limits));
      return found as { candidates: string[]; typed: string };
    },
  };
}

/** What `run` of session.lua gives back. */
type RunResult = { values: string[] } | { problem: string; incomplete: boolean };

function outcomeOf(result: RunResult): Outcome {
  if ("values" in result) return { kind: "values", values: result.values };
  const { problem, incomplete } = result;
  return incomplete ? { kind: "incomplete", problem } : { kind: "failed", message: problem };
}

async function openLease(engine: SkillEngine, { print }: SessionOptions): Promise<Lease> {
  const lease = await engine.leases.create({
    sid: "repl",
    ttlSecs: longestTtlSecs,
    replace: true,
    print,
    afterStop: "keep",
  });
  const program = `
    local inspect = assert(load(args.inspect, "=inspect.lua"))()
    package.loaded["luaskills.repl"] = assert(load(args.session, "=session.lua"))(inspect)`;
  await lease.eval(program, { inspect: readLua("inspect.lua"), session: readLua("session.lua") });
  return lease;
}

/** The lines of a traceback that are about the user's code, where that is more than the input itself. */
function ownFrames(traceback: string | undefined): string {
  const lines = (traceback ?? "").split("\n").map(line => line.trim());
  const end = lines.findIndex(line => line.includes("session.lua:"));
  const frames = lines
    .slice(0, end === -1 ? lines.length : end)
    .filter(line => /:\d+: in |^\[C\]/.test(line));
  return frames.length > 1 ? frames.join("\n") : "";
}
