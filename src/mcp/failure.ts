// What a failed call tells the model: which error it was, what was wrong, and what to do next.

import type { CallToolResult } from "@modelcontextprotocol/server";
import { SkillError } from "../packages/errors.js";
import { LuaError } from "../vm/index.js";

/** Where programs find the code of a failed call in `_meta`. */
export const errorMetaKey = "luaskills/error";

const advice: Record<string, string> = {
  SKILL_ARGUMENTS: "Correct the arguments as the input schema of this tool says, then call it again.",
  SKILL_NOT_FOUND: "The tools have changed. List them again.",
  SKILL_RESULT: "This is a mistake in the skill; calling it again will not help. Tell the user.",
  POOL_TIMEOUT: "The server is busy. Try again in a moment.",
  ENGINE_CLOSED: "The server is shutting down. Try again when it is back.",
  MCP_CURSOR: "Call the tool again with its original arguments.",
  LUA_RUNTIME:
    "If the message does not say what to change about the arguments, the same call will fail again.",
  LUA_TIMEOUT: "The call took too long. Ask for less at a time, or try again.",
  LUA_ABORTED: "The call was ended before it was done.",
  LUA_MEMORY: "The call needed too much memory. Ask for less at a time.",
  LUA_INSTRUCTIONS: "The call did too much. Ask for less at a time.",
};

/** An error of the engine as the result of a tool. What is a defect of ours reaches `onError` too. */
export function failureResult(error: unknown, onError: (error: Error) => void): CallToolResult {
  if (error instanceof SkillError || error instanceof LuaError) return failure(error.code, error.message);
  const defect = error instanceof Error ? error : new Error(String(error));
  onError(defect);
  return failure("INTERNAL", defect.message);
}

export function failure(code: string, message: string): CallToolResult {
  const next = advice[code];
  return {
    isError: true,
    content: [{ type: "text", text: `${code}: ${message}${next === undefined ? "" : `\n${next}`}` }],
    _meta: { [errorMetaKey]: { code } },
  };
}
