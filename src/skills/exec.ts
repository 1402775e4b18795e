// Code outside any skill: a VM of its own pool, its output captured, its outcome told as Markdown.

import { type HostRun, type InvocationContext, noFrame } from "../host/scope.js";
import { type Json, LuaError, type LuaVm, type PoolStats, type RunOptions, VmPool } from "../vm/index.js";
import { type ExecOutcome, readValues, renderReport } from "./exec-report.js";
import { type ExecPlan, execDirectory, planExec, wireExecRequest } from "./exec-request.js";
import type { EngineSettings } from "./options.js";
import type { RunStart } from "./skill-run.js";
import type { ExecRunner, SkillVm, SkillVmOptions } from "./skill-vm.js";

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
  readonly #hosts = new WeakMap<LuaVm, SkillVm>();
  readonly #pool: VmPool;

  /** @param create makes a VM, which this closes */
  constructor(settings: EngineSettings, create: (options: SkillVmOptions) => SkillVm) {
    this.#settings = settings;
    this.#create = create;
    this.#pool = new VmPool(() => {
      const host = create({ profile: "exec" });
      this.#hosts.set(host.vm, host);
      return host.vm;
    }, settings.execPool);
  }

  /** Runs a plan. What goes wrong in the code is in the report. @throws PoolError */
  async run(plan: ExecPlan, signal?: AbortSignal): Promise<string> {
    if (plan.allowed === undefined) {
      return this.#pool.use(
        vm => this.#report(this.#host(vm), plan, signal),
        signal ? { signal } : undefined,
      );
    }
    const host = this.#create({ profile: "strict", allowed: plan.allowed });
    try {
      return await this.#report(host, plan, signal);
    } finally {
      host.vm.close();
    }
  }

  async execFrom(caller: HostRun, input: unknown): Promise<string> {
    return this.run(this.#plan(caller, input), caller.signal);
  }

  execFromSync(caller: HostRun, input: unknown): string {
    const plan = this.#plan(caller, input);
    return this.#pool.useSync(vm => {
      const host = this.#host(vm);
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
      return renderReport({ task: plan.task, printed, result });
    });
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #plan(caller: HostRun, input: unknown): ExecPlan {
    const request = wireExecRequest(input, caller.frame.toolName ?? "");
    return planExec(request, undefined, this.#settings.execTimeoutMs);
  }

  async #report(host: SkillVm, plan: ExecPlan, signal: AbortSignal | undefined): Promise<string> {
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
    return renderReport({ task: plan.task, printed, result });
  }

  #host(vm: LuaVm): SkillVm {
    const host = this.#hosts.get(vm);
    if (host === undefined) throw new Error("the exec pool leased a VM that it did not create");
    return host;
  }
}

/** @returns receives the lines that the code prints */
function begin(host: SkillVm, plan: ExecPlan, sync: boolean): string[] {
  const printed: string[] = [];
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
    printTo: line => printed.push(line),
  };
  host.begin(start);
  return printed;
}

function chunk({ chunkName, code, args }: ExecPlan): Json[] {
  return [chunkName, code, args];
}

function describe(error: unknown, plan: ExecPlan): string {
  if (error instanceof LuaError && error.code === "LUA_TIMEOUT") {
    return `luaexec execution timed out after ${plan.timeoutMs} ms`;
  }
  return error instanceof Error ? error.message : String(error);
}
