// The registry of everything the agent can refuse. What a model could not do is a ModelError (model-port.ts).

/**
 * | code | raised when |
 * |---|---|
 * | `AGENT_CLOSED` | the loop was closed before or during the operation |
 * | `TURN_NOT_FOUND` | no turn of this id or session is running |
 * | `SESSION_BUSY` | a turn runs or waits in the session |
 * | `STEERING_FULL` | the steering queue of the session is full |
 * | `SUBTURN_DEPTH` | the parent is as deep as sub-turns may be |
 * | `SUBTURN_CONFIG` | the request for a sub-turn is no proper one |
 * | `SUBTURN_SLOT` | no slot became free within `limits.slotTimeoutMs` |
 * | `TOOL_SOURCE` | a source of tools has no proper list |
 * | `HOOK_WIRE` | a hook behind a wire answered something that is no decision |
 * | `SESSION_STORE` | a session store cannot be opened, read or written |
 */
export type AgentErrorCode =
  | "AGENT_CLOSED"
  | "TURN_NOT_FOUND"
  | "SESSION_BUSY"
  | "STEERING_FULL"
  | "SUBTURN_DEPTH"
  | "SUBTURN_CONFIG"
  | "SUBTURN_SLOT"
  | "TOOL_SOURCE"
  | "HOOK_WIRE"
  | "SESSION_STORE";

/** A refusal by the agent. `code` is stable, `message` says what was wrong, where, and what to do. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "AgentError";
    this.code = code;
  }
}

/** What was thrown, in words; not everybody throws errors. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
