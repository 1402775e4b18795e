// What went wrong between us and a model: what kind of thing it was, whether the server said when to come back, and a
// message without keys.

import { APICallError, JSONParseError, TypeValidationError } from "@ai-sdk/provider";
import { ModelError, type ModelErrorKind } from "../model-port.js";
import type { Candidate } from "./endpoint.js";

export interface Failure {
  readonly error: ModelError;
  /** From now on, as the server wishes. */
  readonly retryAfterMs: number | undefined;
}

/** The request is too long. Providers have no common code for it. */
const contextLimit =
  /context_length_exceeded|context[ _-]?(length|window|size)|maximum context|token limit|too many tokens|prompt is too long|request too large|input is too long|exceeds? the (maximum|max|available) .*(tokens|context)|reduce the length/i;
const billing =
  /insufficient_quota|insufficient (credits?|balance|funds)|billing|payment required|exceeded your current quota/i;
const vision =
  /(does not|doesn't|not) support (image|vision|multimodal)|image(_url| input)s? (is|are) not supported|no endpoints found that support image/i;
const overloaded = /overloaded|rate.?limit|too many requests/i;

/** Codes of Node and undici. */
const timeoutCodes = /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/;
const networkCodes =
  /^(E(CONN\w+|PIPE|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|PROTO)|UND_ERR_\w+|CERT_\w+|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO\w+)$/;

/** @param error anything that a model of the AI SDK throws or puts into its stream */
export function failureOf(error: unknown, candidate: Candidate, now: number): Failure {
  if (error instanceof ModelError) return { error, retryAfterMs: undefined };
  const status = statusOf(error);
  const detail = candidate.redaction.text(detailOf(error));
  const what = status === undefined ? "failed" : `answered with status ${status}`;
  return {
    error: new ModelError(kindOf(error, status), `the model ${candidate.id} ${what}: ${detail}`),
    retryAfterMs: retryAfterOf(error, now),
  };
}

/** @param what it has done, for instance `did not answer within 60 s` */
export function modelFailure(kind: ModelErrorKind, candidate: Candidate, what: string): Failure {
  return { error: new ModelError(kind, `the model ${candidate.id} ${what}`), retryAfterMs: undefined };
}

function kindOf(error: unknown, status: number | undefined): ModelErrorKind {
  const text = `${detailOf(error)} ${codeOf(error) ?? ""}`;
  if (status === undefined || (status >= 400 && status < 500)) {
    if (contextLimit.test(text) && status !== 401 && status !== 429) return "context_limit";
    if (vision.test(text)) return "vision_unsupported";
  }
  if (status === 402 || billing.test(text)) return "billing";
  if (status !== undefined) return kindOfStatus(status);
  return kindWithoutStatus(error, text);
}

function kindOfStatus(status: number): ModelErrorKind {
  if (status === 401 || status === 403) return "auth";
  if (status === 408 || status === 504) return "timeout";
  if (status === 429 || status === 529) return "rate_limit";
  if (status >= 500) return "server_error";
  return status === 409 || status === 425 ? "server_error" : "format";
}

function kindWithoutStatus(error: unknown, text: string): ModelErrorKind {
  for (const cause of causes(error)) {
    const code = codeOf(cause) ?? "";
    if (timeoutCodes.test(code) || cause.name === "TimeoutError") return "timeout";
    if (networkCodes.test(code)) return "network";
    if (
      /fetch failed|terminated|other side closed|socket hang up|without a finish reason/i.test(cause.message)
    ) {
      return "network";
    }
  }
  if (JSONParseError.isInstance(error) || TypeValidationError.isInstance(error)) return "format";
  if (overloaded.test(text)) return "rate_limit";
  return /server_error|internal error|service unavailable/i.test(text) ? "server_error" : "unknown";
}

/** Of the answer, or of an error within a stream, where some servers put it as the code. */
function statusOf(error: unknown): number | undefined {
  if (APICallError.isInstance(error)) return error.statusCode === 200 ? undefined : error.statusCode;
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  const number = Number(status ?? code);
  return number >= 400 && number < 600 ? number : undefined;
}

function codeOf(error: unknown): string | undefined {
  if (APICallError.isInstance(error)) return codeOf((error.data as { error?: unknown } | undefined)?.error);
  const { code, type } = (error ?? {}) as { code?: unknown; type?: unknown };
  return typeof code === "string" ? code : typeof type === "string" ? type : undefined;
}

function detailOf(error: unknown): string {
  if (typeof error === "string") return error;
  const { message } = (error ?? {}) as { message?: unknown };
  if (typeof message !== "string") return JSON.stringify(error) ?? String(error);
  // What undici says is in the cause: "fetch failed" alone helps nobody.
  const innermost = [...causes(error)].at(-1);
  const reason =
    innermost === undefined || message.includes(innermost.message) ? "" : ` (${innermost.message})`;
  return shortened(`${message}${reason}`);
}

function* causes(error: unknown): Generator<Error> {
  let current = error;
  for (let depth = 0; current instanceof Error && depth < 8; depth++) {
    yield current;
    current = current.cause;
  }
}

/** Servers may answer with whole pages. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 500 ? `${line.slice(0, 500)} …` : line;
}

function retryAfterOf(error: unknown, now: number): number | undefined {
  if (!APICallError.isInstance(error)) return undefined;
  const headers = error.responseHeaders ?? {};
  const ms = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (ms >= 0) return ms;
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (seconds >= 0) return seconds * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
