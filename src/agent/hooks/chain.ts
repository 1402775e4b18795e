// The hooks of a loop, in order. At each stage every hook gets its own copy of what the one before has made of it; the
// first that answers, denies or ends the turn ends the stage.

import type { Clock } from "../clock.js";
import { messageOf } from "../errors.js";
import type { JsonObject, Message } from "../messages.js";
import type { ModelResponse } from "../model-port.js";
import { toResult } from "../tools/result.js";
import type { ToolResult } from "../tools/tool.js";
import type {
  AfterModelRequest,
  AfterToolRequest,
  ApprovalDecision,
  ApproveToolRequest,
  BeforeModelRequest,
  BeforeToolRequest,
  Hook,
  HookContext,
  HookStage,
} from "./hook.js";
import { ask } from "./question.js";

export interface TurnEnding {
  kind: "end";
  action: "abort_turn" | "hard_abort";
  reason: string | undefined;
}

export type BeforeToolOutcome =
  | TurnEnding
  | { kind: "call"; tool: string; arguments: JsonObject }
  | { kind: "respond"; tool: string; arguments: JsonObject; result: ToolResult; trusted: boolean }
  | { kind: "deny"; tool: string; reason: string | undefined };

export type BeforeModelOutcome =
  | TurnEnding
  | { kind: "ask"; request: BeforeModelRequest; addTools: string[] };
export type AfterModelOutcome = TurnEnding | { kind: "response"; response: ModelResponse };
export type AfterToolOutcome = TurnEnding | { kind: "result"; tool: string; result: ToolResult };

/** A hook that is not what it should be. */
export type DegradedReport = (hook: string, stage: HookStage | undefined, problem: string) => void;

type Stage = "beforeModel" | "afterModel" | "beforeTool" | "approveTool" | "afterTool";

const stageNames: Record<Stage, HookStage> = {
  beforeModel: "before_llm",
  afterModel: "after_llm",
  beforeTool: "before_tool",
  approveTool: "approve_tool",
  afterTool: "after_tool",
};

/** Actions by stage; anything else is no decision there. */
const actions: Record<Exclude<Stage, "approveTool">, readonly string[]> = {
  beforeModel: ["continue", "modify", "abort_turn", "hard_abort"],
  afterModel: ["continue", "modify", "abort_turn", "hard_abort"],
  beforeTool: ["continue", "modify", "respond", "deny_tool", "abort_turn", "hard_abort"],
  afterTool: ["continue", "modify", "abort_turn", "hard_abort"],
};

const defaultInterceptorMs = 5_000;
const defaultApproverMs = 60_000;

export class HookChain {
  readonly #clock: Clock;
  readonly #degraded: DegradedReport;
  #hooks: readonly Hook[] = [];

  constructor(clock: Clock, degraded: DegradedReport) {
    this.#clock = clock;
    this.#degraded = degraded;
  }

  /** In the order in which they are asked. */
  get hooks(): readonly Hook[] {
    return this.#hooks;
  }

  /**
   * Adds a hook. @returns the one whose name it has, which is out of the chain now
   * @throws TypeError for a hook of the wrong shape
   */
  add(hook: Hook): Hook | undefined {
    checkHook(hook);
    const before = this.#hooks.find(({ name }) => name === hook.name);
    this.#hooks = [...this.#hooks.filter(other => other !== before), hook].sort(inOrder);
    hook.attach?.(problem => this.#degraded(hook.name, undefined, problem));
    return before;
  }

  /** @returns the hook that had the name */
  remove(name: string): Hook | undefined {
    const hook = this.#hooks.find(other => other.name === name);
    this.#hooks = this.#hooks.filter(other => other !== hook);
    return hook;
  }

  has(stage: Stage): boolean {
    return this.#hooks.some(hook => hook[stage] !== undefined);
  }

  async beforeModel(request: BeforeModelRequest, signal: AbortSignal): Promise<BeforeModelOutcome> {
    let current = request;
    const addTools: string[] = [];
    for (const hook of this.#with("beforeModel")) {
      const copy = structuredClone(current);
      const decision = await this.#intercept(hook, "beforeModel", signal, context =>
        hook.beforeModel?.(copy, context),
      );
      if (decision === undefined || decision.action === "continue") continue;
      if (decision.action !== "modify") return ending(decision);
      const { model = current.model, messages = current.messages, settings = current.settings } = decision;
      if (!sameSystemMessages(request.messages, messages)) {
        this.#degraded(hook.name, "before_llm", "changed system messages: its messages are not used");
        current = { ...current, model, settings };
      } else {
        current = { ...current, model, settings, messages };
      }
      addTools.push(...(decision.addTools ?? []));
    }
    return { kind: "ask", request: current, addTools };
  }

  async afterModel(request: AfterModelRequest, signal: AbortSignal): Promise<AfterModelOutcome> {
    let current = request;
    for (const hook of this.#with("afterModel")) {
      const copy = structuredClone(current);
      const decision = await this.#intercept(hook, "afterModel", signal, context =>
        hook.afterModel?.(copy, context),
      );
      if (decision === undefined || decision.action === "continue") continue;
      if (decision.action !== "modify") return ending(decision);
      if (decision.response === undefined)
        this.#degraded(hook.name, "after_llm", "modify without a response");
      else current = { ...current, response: decision.response };
    }
    return { kind: "response", response: current.response };
  }

  async beforeTool(request: BeforeToolRequest, signal: AbortSignal): Promise<BeforeToolOutcome> {
    let current = request;
    for (const hook of this.#with("beforeTool")) {
      const copy = structuredClone(current);
      const decision = await this.#intercept(hook, "beforeTool", signal, context =>
        hook.beforeTool?.(copy, context),
      );
      if (decision === undefined || decision.action === "continue") continue;
      switch (decision.action) {
        case "modify":
          current = {
            ...current,
            tool: decision.tool || current.tool,
            arguments: decision.arguments ?? current.arguments,
          };
          break;
        case "respond": {
          if (decision.result === undefined) {
            this.#degraded(hook.name, "before_tool", "respond without a result: the tool is called");
            break;
          }
          const result = toResult(decision.result, `hook "${hook.name}"`);
          return {
            kind: "respond",
            tool: current.tool,
            arguments: current.arguments,
            result,
            trusted: hook.trusted === true,
          };
        }
        case "deny_tool":
          return { kind: "deny", tool: current.tool, reason: decision.reason };
        default:
          return ending(decision);
      }
    }
    return { kind: "call", tool: current.tool, arguments: current.arguments };
  }

  /** The first denial counts; no approver means yes; a broken approver means no. */
  async approve(request: ApproveToolRequest, signal: AbortSignal): Promise<ApprovalDecision> {
    for (const hook of this.#with("approveTool")) {
      const copy = structuredClone(request);
      const timeoutMs = hook.timeouts?.approverMs ?? defaultApproverMs;
      const answered = await ask(context => hook.approveTool?.(copy, context), {
        clock: this.#clock,
        timeoutMs,
        signal,
      });
      if (answered.kind === "late") {
        this.#degraded(hook.name, "approve_tool", `took longer than ${timeoutMs} ms`);
        return { approved: false, reason: `tool approval hook "${hook.name}" timed out` };
      }
      if (answered.kind === "failed") {
        this.#degraded(hook.name, "approve_tool", messageOf(answered.error));
        return { approved: false, reason: `tool approval hook "${hook.name}" failed` };
      }
      const decision: unknown = answered.value;
      if (decision === undefined) continue;
      if (!isDecision(decision, "approved", "boolean")) {
        this.#degraded(hook.name, "approve_tool", "answered something that is no decision");
        return { approved: false, reason: `tool approval hook "${hook.name}" failed` };
      }
      if (!decision.approved) return decision as unknown as ApprovalDecision;
    }
    return { approved: true };
  }

  async afterTool(request: AfterToolRequest, signal: AbortSignal): Promise<AfterToolOutcome> {
    let current = request;
    for (const hook of this.#with("afterTool")) {
      const copy = structuredClone(current);
      const decision = await this.#intercept(hook, "afterTool", signal, context =>
        hook.afterTool?.(copy, context),
      );
      if (decision === undefined || decision.action === "continue") continue;
      if (decision.action !== "modify") return ending(decision);
      current = {
        ...current,
        tool: decision.tool || current.tool,
        result: toResult(decision.result, `hook "${hook.name}"`),
      };
    }
    return { kind: "result", tool: current.tool, result: current.result };
  }

  /** Fail-open: a hook that does not answer properly is as if it were not there. */
  async #intercept<S extends Exclude<Stage, "approveTool">, Decision extends { action: string }>(
    hook: Hook,
    stage: S,
    signal: AbortSignal,
    question: (context: HookContext) => Decision | undefined | void | Promise<Decision | undefined | void>,
  ): Promise<Decision | undefined> {
    const timeoutMs = hook.timeouts?.interceptorMs ?? defaultInterceptorMs;
    const answered = await ask(question, { clock: this.#clock, timeoutMs, signal });
    if (answered.kind === "late") {
      this.#degraded(hook.name, stageNames[stage], `took longer than ${timeoutMs} ms: skipped`);
      return undefined;
    }
    if (answered.kind === "failed") {
      this.#degraded(hook.name, stageNames[stage], `${messageOf(answered.error)}: skipped`);
      return undefined;
    }
    const decision = answered.value ?? undefined;
    if (decision === undefined) return undefined;
    if (isDecision(decision, "action", "string") && actions[stage].includes(decision.action)) return decision;
    const given = JSON.stringify((decision as { action?: unknown }).action);
    this.#degraded(hook.name, stageNames[stage], `action ${given} is none of this stage: skipped`);
    return undefined;
  }

  #with(stage: Stage): readonly Hook[] {
    // Of now: hooks that come or go while the stage runs do not disturb it.
    return this.#hooks.filter(hook => hook[stage] !== undefined);
  }
}

function inOrder(a: Hook, b: Hook): number {
  const place = ({ source }: Hook) => (source === "process" ? 1 : 0);
  return place(a) - place(b) || (a.priority ?? 0) - (b.priority ?? 0) || (a.name < b.name ? -1 : 1);
}

function checkHook(hook: Hook): void {
  if (typeof hook !== "object" || hook === null) throw new TypeError("hooks: a hook must be an object");
  if (typeof hook.name !== "string" || hook.name.trim() === "")
    throw new TypeError("hooks: a hook must have a name");
  for (const stage of [...(Object.keys(stageNames) as Stage[]), "onEvent"] as const) {
    if (hook[stage] !== undefined && typeof hook[stage] !== "function") {
      throw new TypeError(
        `hooks: ${stage} of ${JSON.stringify(hook.name)} must be a function, got ${typeof hook[stage]}`,
      );
    }
  }
}

function ending(decision: { action: string; reason?: string }): TurnEnding {
  return { kind: "end", action: decision.action as TurnEnding["action"], reason: decision.reason };
}

/** The system messages, by place and text. */
function sameSystemMessages(before: readonly Message[], after: readonly Message[]): boolean {
  const of = (messages: readonly Message[]) =>
    messages.flatMap((message, at) => (message.role === "system" ? [`${at}:${message.content}`] : []));
  const [a, b] = [of(before), of(after)];
  return a.length === b.length && a.every((text, at) => text === b[at]);
}

function isDecision<Key extends string>(
  value: unknown,
  key: Key,
  type: "string" | "boolean",
): value is Record<Key, never> {
  return (
    typeof value === "object" && value !== null && typeof (value as Record<string, unknown>)[key] === type
  );
}
