// Code outside any skill: a VM of its own pool, its output captured, its outcome told as Markdown.

import { type HostRun, type InvocationContext, noFrame } from "../host/scope.js";
import { LuaError, type PoolStats, type RunOptions } from "../vm/index.js";
import { type ExecOutcome, readValues, renderReport } from "./exec-report.js";
import { type ExecPlan, execDirectory, planExec, wireExecRequest } from "./exec-request.js";
import type { EngineSettings } from "./options.js";
import { PrintedLines } from "./printed-lines.js";
import type { RunStart } from "./skill-run.js";
import type { ChunkArguments, ExecRunner, OuterCalls, SkillVm, SkillVmOptions } from "./skill-vm.js";
import { SkillVmPool } from "./skill-vm-pool.js";

/** What the code sees as its request. */
const execContext: InvocationContext = Object.freeze({
  requestContext: Object.freeze({
    transportName: "luaexec_call",
    sessionId: "luaexec-call-internal",
    clientInfo: Object.freeze({ kind: "runtime", name: "luaexec_call", version: "internal-runtime" }),
  }),
});

export class Exec implements ExecRunner {
  readonly #settings: EngineSettings;
  readonly #create: (options: SkillVmOptions) => SkillVm;
  readonly #calls: OuterCalls;
  readonly #pool: SkillVmPool;

  /**
   * @param create makes a VM, which this closes
   * @param calls answers `vulcan.call` of strict code
   */
  constructor(settings: EngineSettings, create: (options: SkillVmOptions) => SkillVm, calls: OuterCalls) {
    this.#settings = settings;
    this.#create = create;
    this.#calls = calls;
    this.#pool = new SkillVmPool(() => create({ profile: "exec" }), settings.execPool);
  }

  /**
   * Runs a plan. What goes wrong in the code is in the report.
   *
   * @throws PoolError; LuaError LUA_ABORTED, LUA_CLOSED
   */
  async run(plan: ExecPlan, signal?: AbortSignal): Promise<string> {
    if (plan.allowed === undefined) {
      return this.#pool.use(host => report(host, plan, signal), signal);
    }
    const host = this.#strictVm(plan.allowed);
    try {
      return await report(host, plan, signal);
    } finally {
      host.vm.close();
    }
  }

  /** `run` on the calling stack. */
  runSync(plan: ExecPlan): string {
    if (plan.allowed === undefined) return this.#pool.useSync(host => reportSync(host, plan));
    const host = this.#strictVm(plan.allowed);
    try {
      return reportSync(host, plan);
    } finally {
      host.vm.close();
    }
  }

  async execFrom(caller: HostRun, input: unknown, cwd: string | undefined): Promise<string> {
    return this.run(this.#plan(caller, input, cwd), caller.signal);
  }

  execFromSync(caller: HostRun, input: unknown, cwd: string | undefined): string {
    return this.runSync(this.#plan(caller, input, cwd));
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #plan(caller: HostRun, input: unknown, cwd: string | undefined): ExecPlan {
    if (caller.execCaller !== undefined) {
      throw new Error("runtime.lua.exec: code of an exec cannot start another one");
    }
    const request = wireExecRequest(input, caller.frame.toolName ?? "");
    return planExec(request, cwd, this.#settings.execTimeoutMs);
  }

  /** Never used twice: whoever comes next could trust nothing on it. */
  #strictVm(allowed: ReadonlySet<string>): SkillVm {
    return this.#create({ profile: "strict", allowed, calls: this.#calls });
  }
}

async function report(host: SkillVm, plan: ExecPlan, signal: AbortSignal | undefined): Promise<string> {
  const printed = begin(host, plan, false);
  const limits: RunOptions = { timeoutMs: plan.timeoutMs, ...(signal ? { signal } : {}) };
  let result: ExecOutcome["result"];
  try {
    const [shown] = await host.runChunk("exec", chunk(plan), limits);
    result = { values: readValues(shown) };
  } catch (error) {
    result = { error: describe(error, plan) };
  } finally {
    host.end();
  }
  return renderReport({ task: plan.task, printed: printed.lines, result });
}

function reportSync(host: SkillVm, plan: ExecPlan): string {
  const printed = begin(host, plan, true);
  let result: ExecOutcome["result"];
  try {
    const [shown] = host.runChunkSync("exec", chunk(plan), { timeoutMs: plan.timeoutMs });
    result = { values: readValues(shown) };
  } catch (error) {
    result = { error: describe(error, plan) };
  } finally {
    host.end();
  }
  return renderReport({ task: plan.task, printed: printed.lines, result });
}

/** @returns receives what the code prints */
function begin(host: SkillVm, plan: ExecPlan, sync: boolean): PrintedLines {
  const printed = new PrintedLines();
  const directory = execDirectory(plan);
  host.cwd = directory;
  const entry =
    plan.file === undefined || directory === undefined
      ? undefined
      : { localName: undefined, file: plan.file, dir: directory };
  const start: RunStart = {
    frame: { ...noFrame, entry },
    context: execContext,
    sync,
    execCaller: plan.caller,
    timeoutMs: plan.timeoutMs,
    printTo: line => printed.add(line),
  };
  host.begin(start);
  return printed;
}

function chunk({ chunkName, code, args }: ExecPlan): ChunkArguments {
  return [chunkName, code, args];
}

/** What the report says. Who ends an exec from outside gets an error, as from every other call. */
function describe(error: unknown, { timeoutMs }: ExecPlan): string {
  if (!(error instanceof LuaError)) return error instanceof Error ? error.message : String(error);
  if (error.code === "LUA_TIMEOUT") return `luaexec execution timed out after ${timeoutMs} ms`;
  if (error.code === "LUA_ABORTED" || error.code === "LUA_CLOSED") {
    error.message = `luaexec: ${error.message}`;
    throw error;
  }
  return error.message;
}
