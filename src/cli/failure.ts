// How a failed command says what went wrong.

// Not from the index: it loads the addon, and that may be what failed.
import { AgentError } from "../agent/errors.js";
import { SkillError } from "../packages/errors.js";
import { LuaError } from "../vm/errors.js";
import type { Terminal } from "./terminal.js";

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

/** An operation failed for a reason that the user can do something about: exit code 1. */
export class OperationError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = "OperationError";
    this.code = code;
    this.hint = hint;
  }
}

/** Writes the error to the error stream: as text with a hint, or as `{"error": {…}}` for programs. */
export function reportFailure(error: unknown, terminal: Terminal, json: boolean): void {
  const { code, message, hint, traceback } = describe(error);
  if (json) {
    terminal.err(`${JSON.stringify({ error: { code, message, hint, traceback } })}\n`);
    return;
  }
  const { bold, red, yellow } = terminal.style.err;
  terminal.err(`${bold(red("luaskills:"))} ${message}\n`);
  if (hint !== undefined) terminal.err(`${bold(yellow("hint:"))} ${hint}\n`);
}

function describe(error: unknown) {
  if (error instanceof UsageError) return { code: "USAGE", message: error.message, hint: error.hint };
  if (error instanceof OperationError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof AgentError) return { code: error.code, message: error.message };
  if (error instanceof SkillError) return { code: error.code, message: error.message };
  if (error instanceof LuaError) {
    const { code, message, traceback } = error;
    return { code, message, hint: luaHint(error), traceback };
  }
  // Anything else is a defect of ours: the stack is what a report needs.
  const unexpected = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "INTERNAL", message: unexpected };
}

function luaHint({ code }: LuaError): string | undefined {
  if (code === "LUA_TIMEOUT") return "raise --timeout, or give the skill less to do";
  if (code === "LUA_RUNTIME") return "the skill itself failed; --json adds the Lua traceback";
  return undefined;
}
