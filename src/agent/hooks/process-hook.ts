// A hook that is a program of its own, in whatever language: JSON-RPC 2.0 over its standard streams, one object per line.
//
// | host → hook | params | answer |
// |---|---|---|
// | `hook.hello` | name, version (1), modes | anything: the hook is ready |
// | `hook.before_llm`, `hook.after_llm`, `hook.before_tool`, `hook.after_tool` | the request of that stage (hook.ts) | its decision (wire.ts); null: continue |
// | `hook.approve_tool` | the request | `{ approved, reason? }` |
// | `hook.runtime_event` | an event | none: a notification |
// | `hook.cancel` | `{ id }` of a request that nobody waits for any more | none: a notification |
//
// A hook that cannot be started, dies or hangs is skipped where it intercepts and denies where it approves; the loop tells of
// it as `agent.hook.degraded`, and it is started again. Nothing that it started outlives it.

import { resolve } from "node:path";
import type { Json } from "../../vm/index.js";
import { type Clock, systemClock } from "../clock.js";
import { kindsOf } from "../events/filter.js";
import type { Hook, HookContext, HookStage, HookTimeouts } from "./hook.js";
import { type ProcessStatus, Supervisor } from "./process/supervisor.js";
import { decodeDecision, hookStages, type WireDecisions, type WireRequests } from "./wire.js";

export interface ProcessHookOptions {
  /** Unique among the hooks of a loop. */
  name: string;
  /** The program and its arguments. */
  command: readonly string[];
  /** Its working directory. Default: that of this process. */
  cwd?: string;
  /** Variables, beside those of this process. */
  env?: Record<string, string>;
  /** Kinds of events that it is told: names, `agent.tool.*`, or `*`. */
  observe?: readonly string[];
  /** Stages at which it is asked. */
  intercept?: readonly HookStage[];
  /** Lower runs first, among the hooks of other processes. Default 0. */
  priority?: number;
  /** True: what it answers in place of a tool needs no approval. */
  trusted?: boolean;
  timeouts?: HookTimeouts;
  /** Milliseconds until it must have answered `hook.hello`. Default 10,000. */
  startTimeoutMs?: number;
  /** Milliseconds before it is started again, twice as long each time in a row. Default 500. */
  restartDelayMs?: number;
  /** The longest of these. Default 60,000. */
  maxRestartDelayMs?: number;
  /** A line of its standard error. Default: goes to ours, after its name. */
  log?(line: string): void;
}

const protocolVersion = 1;
const maxUnanswered = 3;
const maxLineBytes = 16 * 1024 * 1024;
const maxBacklogBytes = 64 * 1024 * 1024;
const closeGraceMs = 2_000;

/** @throws TypeError which says what is wrong with the options */
export function processHook(options: ProcessHookOptions, clock: Clock = systemClock): Hook {
  const { name, observe = [], intercept = [], priority, trusted, timeouts } = checked(options);
  let report: (problem: string) => void = () => {};
  const supervisor = new Supervisor({
    name,
    launch: launchOf(options),
    hello: { name, version: protocolVersion, modes: modesOf(observe, intercept) },
    startTimeoutMs: options.startTimeoutMs ?? 10_000,
    restartDelayMs: options.restartDelayMs ?? 500,
    maxRestartDelayMs: options.maxRestartDelayMs ?? 60_000,
    maxUnanswered,
    maxLineBytes,
    maxBacklogBytes,
    closeGraceMs,
    clock,
    onStatus: status => {
      const problem = problemOf(status);
      if (problem !== undefined) report(problem);
    },
    onStderr: options.log ?? (line => process.stderr.write(`[hook ${name}] ${line}\n`)),
  });
  const ask =
    <Stage extends HookStage>(stage: Stage) =>
    async (request: WireRequests[Stage], { signal }: HookContext): Promise<WireDecisions[Stage]> => {
      const answer = await supervisor.request(`hook.${stage}`, request, signal);
      return decodeDecision(stage, answer as Json | undefined);
    };
  const wants = (stage: HookStage) => intercept.includes(stage);
  return {
    name,
    source: "process",
    ...(priority === undefined ? {} : { priority }),
    ...(trusted === undefined ? {} : { trusted }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(wants("before_llm") ? { beforeModel: ask("before_llm") } : {}),
    ...(wants("after_llm") ? { afterModel: ask("after_llm") } : {}),
    ...(wants("before_tool") ? { beforeTool: ask("before_tool") } : {}),
    ...(wants("after_tool") ? { afterTool: ask("after_tool") } : {}),
    ...(wants("approve_tool") ? { approveTool: ask("approve_tool") } : {}),
    ...(observe.length === 0
      ? {}
      : {
          events: observe,
          onEvent(event) {
            supervisor.notify("hook.runtime_event", event);
          },
        }),
    attach(to) {
      report = to;
      void supervisor.start();
    },
    close: () => supervisor.close(),
  };
}

function problemOf(status: ProcessStatus): string | undefined {
  if (status.state === "degraded") {
    return `${status.reason}; it is started again when it is needed after ${status.retryInMs} ms`;
  }
  return status.restarts > 0 ? "it was started again and works" : undefined;
}

function modesOf(observe: readonly string[], intercept: readonly HookStage[]): string[] {
  const has = (...names: HookStage[]) => names.some(name => intercept.includes(name));
  return [
    ...(observe.length > 0 ? ["observe"] : []),
    ...(has("before_llm", "after_llm") ? ["llm"] : []),
    ...(has("before_tool", "after_tool") ? ["tool"] : []),
    ...(has("approve_tool") ? ["approve"] : []),
  ];
}

function launchOf({ command: [file = "", ...args], cwd = ".", env = {} }: ProcessHookOptions) {
  return { file, args, verbatim: false, cwd: resolve(cwd), env };
}

function checked(options: ProcessHookOptions): ProcessHookOptions {
  const { name, command, observe = [], intercept = [] } = options;
  if (typeof name !== "string" || name.trim() === "") throw new TypeError("processHook: name must be a text");
  const where = `processHook "${name}"`;
  if (!Array.isArray(command) || command.length === 0 || command.some(part => typeof part !== "string")) {
    throw new TypeError(`${where}: command must be the program and its arguments, an array of strings`);
  }
  if (!Array.isArray(observe) || !Array.isArray(intercept)) {
    throw new TypeError(`${where}: observe and intercept must be arrays of names`);
  }
  const unknown = intercept.find(stage => !hookStages.includes(stage));
  if (unknown !== undefined) {
    throw new TypeError(`${where}: intercept knows ${hookStages.join(", ")}, not ${JSON.stringify(unknown)}`);
  }
  if (observe.length > 0) kindsOf(observe);
  if (observe.length === 0 && intercept.length === 0) {
    throw new TypeError(`${where}: it neither observes nor intercepts, so it would never be asked`);
  }
  return options;
}
