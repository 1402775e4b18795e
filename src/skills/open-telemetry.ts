// The OpenTelemetry API, if the process has set it up, and what spans of ours say of failures.

import type { Span } from "@opentelemetry/api";

export type OpenTelemetry = typeof import("@opentelemetry/api");

/** Where version 1 of the API keeps what a process has registered, so that several copies of it can meet. */
const registered = Symbol.for("opentelemetry.js.api.1");

/** Undefined, and not even loaded (22 ms at start), unless the process has registered a tracer or a meter provider. */
export async function openTelemetry(): Promise<OpenTelemetry | undefined> {
  const global = (globalThis as { [registered]?: { trace?: unknown; metrics?: unknown } })[registered];
  if (global?.trace === undefined && global?.metrics === undefined) return undefined;
  return import("@opentelemetry/api");
}

/**
 * Marks a span as one of a failure.
 *
 * @returns `error.type`: a code where there is one, for instance LUA_TIMEOUT, else the class
 */
export function recordFailure(api: OpenTelemetry, span: Span, error: unknown): string {
  const type = errorType(error);
  span.setAttribute("error.type", type);
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: messageOf(error) });
  if (error instanceof Error) span.recordException(error);
  return type;
}

function errorType(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (typeof code === "string") return code;
  return error instanceof Error ? error.name : "unknown";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
