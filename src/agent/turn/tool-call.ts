// One tool call up to its result: profile, hooks, approval, execution, hooks again. What becomes of the result is in
// `settle.ts`.

import { messageOf } from "../errors.js";
import type { HookMeta } from "../hooks/hook.js";
import type { ToolCall } from "../messages.js";
import { errorResult, toResult } from "../tools/result.js";
import type { ToolResult } from "../tools/tool.js";
import { CallLimit } from "./call-limit.js";
import { TurnAborted, TurnEndedByHook } from "./endings.js";
import type { TurnServices } from "./services.js";
import { toolContext } from "./tool-context.js";
import { ToolExecution } from "./tool-execution.js";
import type { Turn } from "./turn.js";
import { sendFeedback } from "./user-output.js";

export type CallOutcome =
  /** The tool was never called; the model is told why. */
  | { kind: "denied"; call: ToolCall; tool: string; text: string }
  | { kind: "result"; execution: ToolExecution; result: ToolResult };

/** What a call has done so far, for whoever has to clean up after it. */
export type Begun = (execution: ToolExecution) => void;

/**
 * Brings one call to its result. The result of a failing tool is an error result.
 *
 * @param begun told when the call has started: from then on it has to be ended
 * @throws TurnAborted, TurnEndedByHook
 */
export async function runToolCall(
  turn: Turn,
  services: TurnServices,
  call: ToolCall,
  begun: Begun,
): Promise<CallOutcome> {
  turn.signal.throwIfAborted();
  const { hooks } = services;
  const denied = (tool: string, text: string): CallOutcome => ({ kind: "denied", call, tool, text });
  // Before the hooks, so that none can answer for a tool that the turn may not use.
  if (!mayCall(turn, call.name)) return denied(call.name, notAllowed(call.name));

  const meta = hookMeta(turn);
  const question = { meta, toolCallId: call.id, tool: call.name, arguments: structuredClone(call.arguments) };
  const before = hooks.has("beforeTool")
    ? await hooks.beforeTool(question, turn.signal)
    : { kind: "call" as const, tool: call.name, arguments: question.arguments };
  if (before.kind === "end") return endTurn(turn, before);
  if (before.kind === "deny")
    return denied(before.tool, denial("Tool execution denied by hook", before.reason));

  const { tool, arguments: args } = before;
  if (!mayCall(turn, tool)) return denied(tool, notAllowed(tool));
  const response = before.kind === "respond" ? before.result : undefined;
  if (hooks.has("approveTool") && !(before.kind === "respond" && before.trusted)) {
    const request = { ...question, tool, arguments: args, ...(response === undefined ? {} : { response }) };
    const approval = await hooks.approve(request, turn.signal);
    if (!approval.approved) {
      return denied(tool, denial("Tool execution denied by approval hook", approval.reason));
    }
  }
  // A hook may have taken its time.
  turn.signal.throwIfAborted();

  const execution = ToolExecution.begin(turn, services, call, {
    tool,
    arguments: args,
    responded: response !== undefined,
  });
  begun(execution);
  if (services.toolFeedback) await sendFeedback(turn, services, execution);
  const result = response ?? (await execute(turn, services, execution));
  return { kind: "result", execution, result };
}

function mayCall(turn: Turn, tool: string): boolean {
  return turn.registry.isAllowed(tool) || (turn.registry.get(tool)?.discovers ?? false);
}

function notAllowed(tool: string): string {
  return `Tool "${tool}" is not allowed by the active turn profile.`;
}

function denial(text: string, reason: string | undefined): string {
  return reason === undefined || reason === "" ? text : `${text}: ${reason}`;
}

/** @throws always */
export function endTurn(
  turn: Turn,
  { action, reason }: { action: "abort_turn" | "hard_abort"; reason: string | undefined },
): never {
  if (action === "abort_turn") throw new TurnEndedByHook(reason);
  turn.abort(
    "hard_abort",
    reason === undefined ? "a hook aborted the turn" : `a hook aborted the turn: ${reason}`,
  );
  throw turn.signal.reason;
}

export function hookMeta(turn: Turn): HookMeta {
  const { role, origin } = turn;
  return {
    agentId: turn.agent.id,
    sessionKey: turn.sessionKey,
    turnId: turn.id,
    ...(role === undefined ? {} : { parentTurnId: role.parent.id }),
    iteration: turn.iteration,
    depth: turn.depth,
    channel: origin.channel,
    chatId: origin.chatId,
  };
}

async function execute(turn: Turn, services: TurnServices, execution: ToolExecution): Promise<ToolResult> {
  const { hooks } = services;
  const call = () => callTool(turn, services, execution);
  const result = await (turn.telemetry?.tool(execution.tool, execution.call.id, call) ?? call());
  execution.stopWatch();
  turn.signal.throwIfAborted();
  if (!hooks.has("afterTool")) return result;
  const after = await hooks.afterTool(
    {
      meta: hookMeta(turn),
      toolCallId: execution.call.id,
      tool: execution.tool,
      arguments: execution.arguments,
      result,
      durationMs: execution.durationMs,
    },
    turn.signal,
  );
  if (after.kind === "end") return endTurn(turn, after);
  execution.tool = after.tool;
  return after.result;
}

async function callTool(turn: Turn, services: TurnServices, execution: ToolExecution): Promise<ToolResult> {
  const { tool: name, arguments: args } = execution;
  const tool = turn.registry.get(name);
  if (tool === undefined) return errorResult(`tool "${name}" not found`, "TOOL_NOT_FOUND");
  const problem = services.arguments.problem(name, tool.inputSchema, args);
  if (problem !== undefined) return errorResult(problem, "TOOL_ARGUMENTS");
  const limit = new CallLimit(turn, services, tool.timeoutMs);
  try {
    // Tools keep what they get; events and hooks have copies of their own.
    const context = toolContext(turn, services, execution, limit.signal, tool.async === true);
    const work = tool.source.call(name, args, context);
    return toResult(await limit.race(work), `tool "${name}"`);
  } catch (error) {
    if (error instanceof TurnAborted) throw error;
    if (limit.isOver) {
      return errorResult(
        `tool "${name}" took longer than ${tool.timeoutMs} ms and was ended`,
        "TOOL_TIMEOUT",
      );
    }
    return failure(name, error);
  } finally {
    limit.end();
  }
}

function failure(name: string, error: unknown): ToolResult {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return errorResult(
    `tool "${name}" failed: ${messageOf(error)}`,
    typeof code === "string" ? code : "TOOL_FAILED",
  );
}
