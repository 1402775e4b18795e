// Hooks that are not functions of this process: what they are asked and what they answer, as JSON. The requests are those of
// `hook.ts` as they stand; answers come from outside, so they are checked before anybody believes them.
//
// | stage | asked with | answers |
// |---|---|---|
// | before_llm | BeforeModelRequest | { action, reason?, model?, messages?, settings?, addTools? } |
// | after_llm | AfterModelRequest | { action, reason?, response? } |
// | before_tool | BeforeToolRequest | { action, reason?, tool?, arguments?, result? } |
// | approve_tool | ApproveToolRequest | { approved, reason? } |
// | after_tool | AfterToolRequest | { action, reason?, tool?, result? } |
//
// `null`, `{}` and an absent action mean `continue`; for approve_tool they mean no.

import { isJsonObject } from "../../packages/json-object.js";
import type { Json } from "../../vm/index.js";
import { AgentError } from "../errors.js";
import type {
  AfterModelDecision,
  AfterModelRequest,
  AfterToolDecision,
  AfterToolRequest,
  ApprovalDecision,
  ApproveToolRequest,
  BeforeModelDecision,
  BeforeModelRequest,
  BeforeToolDecision,
  BeforeToolRequest,
  HookStage,
} from "./hook.js";

export interface WireRequests {
  before_llm: BeforeModelRequest;
  after_llm: AfterModelRequest;
  before_tool: BeforeToolRequest;
  approve_tool: ApproveToolRequest;
  after_tool: AfterToolRequest;
}

export interface WireDecisions {
  before_llm: BeforeModelDecision;
  after_llm: AfterModelDecision;
  before_tool: BeforeToolDecision;
  approve_tool: ApprovalDecision;
  after_tool: AfterToolDecision;
}

export const hookStages: readonly HookStage[] = [
  "before_llm",
  "after_llm",
  "before_tool",
  "approve_tool",
  "after_tool",
];

type Shape = "string" | "number" | "object" | "array" | "strings";

/** Members that an answer may have, beside `action`. What else is there is ignored. */
const members: Record<Exclude<HookStage, "approve_tool">, Record<string, Shape>> = {
  before_llm: {
    reason: "string",
    model: "string",
    messages: "array",
    settings: "object",
    addTools: "strings",
  },
  after_llm: { reason: "string", response: "object" },
  before_tool: { reason: "string", tool: "string", arguments: "object", result: "object" },
  after_tool: { reason: "string", tool: "string", result: "object" },
};

/**
 * Reads an answer.
 *
 * @throws AgentError `HOOK_WIRE` naming the member that is wrong
 */
export function decodeDecision<Stage extends HookStage>(
  stage: Stage,
  answer: Json | undefined,
): WireDecisions[Stage] {
  const decision = stage === "approve_tool" ? decodeApproval(answer) : decodeAction(stage, answer);
  return decision as unknown as WireDecisions[Stage];
}

function decodeApproval(answer: Json | undefined): Json {
  if (!isJsonObject(answer) || typeof answer.approved !== "boolean") {
    throw wrong("approve_tool", "approved must be true or false");
  }
  const { approved, reason } = answer;
  return typeof reason === "string" ? { approved, reason } : { approved };
}

function decodeAction(stage: Exclude<HookStage, "approve_tool">, answer: Json | undefined): Json {
  // Lua writes an empty table as an array.
  const isNothing = answer === undefined || answer === null || (Array.isArray(answer) && answer.length === 0);
  if (isNothing) return { action: "continue" };
  if (!isJsonObject(answer)) throw wrong(stage, "the answer must be an object");
  const { action = "continue" } = answer;
  if (typeof action !== "string") throw wrong(stage, "action must be a string");
  const decision: { [key: string]: Json } = { action: action === "" ? "continue" : action };
  for (const [name, shape] of Object.entries(members[stage])) {
    const value = answer[name];
    if (value === undefined || value === null) continue;
    decision[name] = requireShape(stage, name, value, shape);
  }
  if (isJsonObject(decision.result)) checkResult(stage, decision.result);
  return decision;
}

function requireShape(stage: HookStage, name: string, value: Json, shape: Shape): Json {
  // Lua cannot tell an empty object from an empty array.
  if (shape === "object" && Array.isArray(value) && value.length === 0) return {};
  const fits =
    shape === "object"
      ? isJsonObject(value)
      : shape === "array"
        ? Array.isArray(value)
        : shape === "strings"
          ? Array.isArray(value) && value.every(item => typeof item === "string")
          : typeof value === shape;
  if (!fits)
    throw wrong(stage, `${name} must be ${shape === "strings" ? "an array of strings" : `a ${shape}`}`);
  return value;
}

function checkResult(stage: HookStage, result: { [key: string]: Json }): void {
  if (typeof result.forModel !== "string") throw wrong(stage, "result.forModel must be a string");
}

function wrong(stage: HookStage, problem: string): AgentError {
  return new AgentError("HOOK_WIRE", `${stage}: ${problem}`);
}
