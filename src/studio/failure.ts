import { LuaError, SkillError } from "../index.js";
import type { CallFailure } from "./wire.js";

/** What went wrong, for people. */
export function describeFailure(error: unknown): CallFailure {
  if (error instanceof LuaError) {
    const { code, message, traceback } = error;
    return { code, message, ...(traceback === undefined ? {} : { traceback }) };
  }
  if (error instanceof SkillError) {
    const { code, message, problems } = error;
    return { code, message, ...(problems === undefined ? {} : { problems }) };
  }
  // A defect of ours: the stack is what a report needs.
  return {
    code: "INTERNAL",
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
