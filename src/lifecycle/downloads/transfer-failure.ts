// Why one attempt of a transfer failed, and whether another one can succeed.

export class TransferFailure extends Error {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** True if the same request may succeed later. */
  readonly passing: boolean;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    {
      status,
      passing = false,
      retryAfterMs,
      cause,
    }: {
      status?: number | undefined;
      passing?: boolean;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.passing = passing;
    this.retryAfterMs = retryAfterMs;
  }
}

const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What nobody can repair by asking again: names that do not exist, certificates that do not hold, wrong usage. */
const passingCodes: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "the connection was refused"],
  ["ECONNRESET", "the connection broke"],
  ["EPIPE", "the connection broke"],
  ["UND_ERR_SOCKET", "the connection broke"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "the answer was cut off"],
  ["HPE_INVALID_EOF_STATE", "the answer was cut off"],
  ["ETIMEDOUT", "the connection timed out"],
  ["UND_ERR_CONNECT_TIMEOUT", "the connection timed out"],
  ["UND_ERR_HEADERS_TIMEOUT", "the server did not answer in time"],
  ["UND_ERR_BODY_TIMEOUT", "the answer stalled"],
  ["EAI_AGAIN", "its name cannot be looked up at the moment"],
  ["ENETUNREACH", "the network cannot be reached"],
  ["EHOSTUNREACH", "the host cannot be reached"],
]);

/** What an HTTP status other than success means. */
export function statusFailure(status: number, headers: Headers, now: number): TransferFailure {
  const limited = status === 403 && headers["x-ratelimit-remaining"] === "0";
  const retryAfterMs = retryAfter(headers, limited || status === 429, now);
  const reason =
    limited || status === 429
      ? `HTTP ${status}, its rate limit is used up${limited ? " (a token raises the limit)" : ""}`
      : `HTTP ${status}`;
  const passing = passingStatuses.has(status) || (status === 403 && retryAfterMs !== undefined);
  return new TransferFailure(reason, { status, passing, retryAfterMs });
}

/** What an error of the connection means. */
export function connectionFailure(error: unknown): TransferFailure {
  if (error instanceof TransferFailure) return error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const reason = passingCodes.get(code);
    if (reason !== undefined)
      return new TransferFailure(`${reason} (${code})`, { passing: true, cause: error });
    // Happy eyeballs: one error for each address of the name.
    if (cause instanceof AggregateError && cause.errors.length > 0) return connectionFailure(cause.errors[0]);
  }
  return new TransferFailure(error instanceof Error ? error.message : String(error), { cause: error });
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** One header; of several with the same name the first. */
export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function retryAfter(headers: Headers, limited: boolean, now: number): number | undefined {
  const text = header(headers, "retry-after");
  if (text !== undefined) {
    const milliseconds = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
    if (!Number.isNaN(milliseconds)) return Math.max(0, milliseconds);
  }
  const reset = limited ? Number(header(headers, "x-ratelimit-reset") ?? Number.NaN) : Number.NaN;
  return Number.isNaN(reset) ? undefined : Math.max(0, reset * 1_000 - now);
}
