// Tools with which a model starts sub-turns: `spawn` in the background, `subagent` and `delegate` while it waits, and
// `spawn_status` to look after those in the background.

import { agentId } from "../agents.js";
import type { JsonObject } from "../messages.js";
import { errorResult } from "../tools/result.js";
import type { ToolContext, ToolDescription, ToolResult, ToolSource } from "../tools/tool.js";
import { SpawnedTasks } from "./spawned-tasks.js";
import type { SubTurnRequest, SubTurnResult } from "./sub-turn.js";

const shownToUser = 500;

const task = { type: "string", description: "What is to be done, with everything needed to know" };
const label = { type: "string", description: "A short name for it" };
const agent = { type: "string", description: "Id of the agent that does it" };

const descriptions: ToolDescription[] = [
  {
    name: "spawn",
    description:
      "Starts a task in the background and returns at once. Its result comes as a message of its own.",
    inputSchema: schema({ task, label, agent_id: agent }, ["task"]),
    async: true,
    startsSubTurns: true,
  },
  {
    name: "subagent",
    description: "Has a task done by a helper with a fresh context, waits for it and returns its result.",
    inputSchema: schema({ task, label }, ["task"]),
    startsSubTurns: true,
  },
  {
    name: "delegate",
    description: "Has a task done by another agent, waits for it and returns its answer.",
    inputSchema: schema({ agent_id: agent, task }, ["agent_id", "task"]),
    startsSubTurns: true,
  },
  {
    name: "spawn_status",
    description: "Lists the background tasks of this conversation, or shows one of them.",
    inputSchema: schema({ task_id: { type: "string", description: "Id of one task" } }, []),
    readOnly: true,
  },
];

/** A source of the four tools. Keeps the list of background tasks for as long as it lives. */
export function subTurnTools(): ToolSource {
  const tasks = new SpawnedTasks();
  return {
    version: 1,
    list: () => descriptions,
    async call(name, args, context) {
      switch (name) {
        case "spawn":
          return spawn(args, context, tasks);
        case "subagent":
          return subagent(args, context);
        case "delegate":
          return delegate(args, context);
        case "spawn_status":
          return { forModel: tasks.report(context, text(args.task_id)) };
        default:
          throw new Error(`there is no tool ${JSON.stringify(name)} here`);
      }
    },
  };
}

function spawn(args: JsonObject, context: ToolContext, tasks: SpawnedTasks): ToolResult {
  const request = requestOf(args, "return");
  if ("forModel" in request) return request;
  // The task outlives the turn that wanted it; its result starts a turn of its own.
  const handle = context.spawn({ ...request, critical: true });
  const done = tasks.add(handle.id, context, request);
  void handle.result.then(result => {
    done(result);
    const failed = isFailure(result);
    const said = failed ? `Spawn failed: ${result.text}` : result.text;
    context.complete?.({ forModel: said, ...(failed ? { isError: true } : {}) });
  });
  const named = request.label === undefined ? "" : ` '${request.label}'`;
  return { forModel: `Spawned subagent${named} for task: ${request.task}`, async: true };
}

async function subagent(args: JsonObject, context: ToolContext): Promise<ToolResult> {
  const request = requestOf(args, "return");
  if ("forModel" in request) return request;
  const result = await waitFor(context, request);
  if (isFailure(result)) return errorResult(result.text, `SUBTURN_${result.status.toUpperCase()}`);
  return {
    forModel: `Subagent task completed:\nLabel: ${request.label ?? "(unnamed)"}\nResult: ${result.text}`,
    forUser: short(result.text),
  };
}

async function delegate(args: JsonObject, context: ToolContext): Promise<ToolResult> {
  const target = text(args.agent_id);
  if (target === undefined) return errorResult("delegate: agent_id must be a non-empty string");
  if (agentId(target) === agentId(context.agentId)) {
    return errorResult(
      `delegate: ${JSON.stringify(target)} is the agent that asks; it cannot delegate to itself`,
    );
  }
  const request = requestOf(args, "return");
  if ("forModel" in request) return request;
  const result = await waitFor(context, request);
  if (isFailure(result)) return errorResult(result.text, `SUBTURN_${result.status.toUpperCase()}`);
  return { forModel: `[Response from agent "${target}"]\n${result.text}` };
}

/** A call that waits takes its sub-turn with it when it is ended. */
async function waitFor({ spawn, signal }: ToolContext, request: SubTurnRequest): Promise<SubTurnResult> {
  const handle = spawn(request);
  signal.addEventListener("abort", handle.cancel, { once: true });
  try {
    return await handle.result;
  } finally {
    signal.removeEventListener("abort", handle.cancel);
  }
}

/** @returns the error result where the arguments name no task */
function requestOf(args: JsonObject, deliver: SubTurnRequest["deliver"]): SubTurnRequest | ToolResult {
  const what = text(args.task);
  if (what === undefined) return errorResult("task is required and must be a non-empty string");
  const name = text(args.label);
  const target = text(args.agent_id);
  return {
    task: what,
    deliver,
    ...(name === undefined ? {} : { label: name }),
    ...(target === undefined ? {} : { agent: target }),
  };
}

function isFailure({ status }: SubTurnResult): boolean {
  return status === "error" || status === "aborted" || status === "timeout";
}

function short(result: string): string {
  return result.length <= shownToUser ? result : `${result.slice(0, shownToUser)}...`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function schema(properties: JsonObject, required: string[]): JsonObject {
  return { type: "object", properties, required, additionalProperties: false };
}
