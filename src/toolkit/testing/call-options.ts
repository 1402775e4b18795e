// The options of `skill.call`, from the names that skills know to those of the engine.

import type { InvocationContext, Json, RequestContext } from "../../index.js";

/** Members of `vulcan.context.request`, and what hosts call them. */
const requestMembers: ReadonlyMap<string, string> = new Map([
  ["request_id", "requestId"],
  ["client_name", "clientName"],
  ["transport_name", "transportName"],
  ["session_id", "sessionId"],
  ["client_info", "clientInfo"],
  ["client_capabilities", "clientCapabilities"],
]);

const contextMembers: ReadonlyMap<string, string> = new Map([
  ["request", "requestContext"],
  ["client_budget", "clientBudget"],
  ["tool_config", "toolConfig"],
]);

type Table = { [name: string]: Json };

/** How an entry is called. */
export interface TestCall {
  context: InvocationContext | undefined;
  timeoutMs: number | undefined;
  /** The arguments are checked against the input schema first. */
  validate: boolean;
}

/**
 * @param where for messages
 * @throws Error for what is not known or of a wrong type
 */
export function readCallOptions(where: string, options: Json): TestCall {
  const { timeout_ms: timeout, context, validate = false, ...others } = table(`${where}: options`, options);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new Error(`${where}: there is no option ${unknown}; there are timeout_ms, context and validate`);
  }
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) {
    throw new Error(`${where}: timeout_ms must be a number above 0, got ${JSON.stringify(timeout)}`);
  }
  if (typeof validate !== "boolean") {
    throw new Error(`${where}: validate must be true or false, got ${JSON.stringify(validate)}`);
  }
  return {
    context: context === undefined ? undefined : readContext(`${where}: context`, context),
    timeoutMs: timeout as number | undefined,
    validate,
  };
}

/** @param where for messages. @throws Error for what is not known or of a wrong type */
export function readRequest(where: string, request: Json): RequestContext {
  return rename(where, request, requestMembers) as RequestContext;
}

function readContext(where: string, context: Json): InvocationContext {
  const renamed = rename(where, context, contextMembers);
  const { requestContext } = renamed;
  if (requestContext === undefined) return renamed as InvocationContext;
  return { ...renamed, requestContext: readRequest(`${where}.request`, requestContext) };
}

function rename(where: string, value: Json, names: ReadonlyMap<string, string>): Table {
  return Object.fromEntries(
    Object.entries(table(where, value)).map(([name, member]) => {
      const known = names.get(name);
      if (known === undefined) {
        throw new Error(`${where} has no member ${name}; it has ${[...names.keys()].join(", ")}`);
      }
      return [known, member];
    }),
  );
}

/** An empty table of Lua arrives as an empty list. */
function table(where: string, value: Json): Table {
  if (Array.isArray(value) && value.length === 0) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${where} must be a table with names, got ${JSON.stringify(value)}`);
}
