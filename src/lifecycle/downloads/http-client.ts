// One HTTP exchange: redirects followed as far as they may go, credentials only where they belong, proxies as the
// environment says.

import type { Dispatcher } from "undici";
import { shown } from "./address.js";
import { leadProblem, maxRedirects } from "./redirects.js";
import {
  connectionFailure,
  type Headers,
  header,
  statusFailure,
  TransferFailure,
} from "./transfer-failure.js";

/** What is asked of a server. */
export interface HttpRequest {
  readonly url: URL;
  /** Media type that is wanted. */
  readonly accept?: string;
  /** Sent to these origins and to no other one, wherever redirects lead. */
  readonly credential?: Credential | undefined;
  /** Why an address may not be asked, the first one or one that a redirect leads to. */
  readonly refusal?: (url: URL) => string | undefined;
}

export interface Credential {
  readonly token: string;
  readonly origins: ReadonlySet<string>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** To be read to its end, or destroyed. */
  readonly body: Dispatcher.ResponseData["body"];
}

export interface HttpTimeouts {
  /** Milliseconds for a connection. */
  readonly connectMs: number;
  /** Milliseconds without a byte, before the answer begins and within it. */
  readonly stalledMs: number;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const userAgent = "luaskills";

export class HttpClient implements AsyncDisposable {
  readonly #timeouts: HttpTimeouts;
  /** Made at the first request: the library takes longer to load than an engine does, and most engines never ask. */
  #library: Promise<{ request: typeof import("undici").request; dispatcher: Dispatcher }> | undefined;
  #closed = false;

  constructor(timeouts: HttpTimeouts) {
    this.#timeouts = timeouts;
  }

  /**
   * Sends one GET request.
   *
   * @param extraHeaders lower-case names
   * @returns an answer of success; the caller owns its body
   * @throws TransferFailure; what the signal was aborted with
   */
  async get(
    { url, accept = "*/*", credential, refusal }: HttpRequest,
    extraHeaders: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const { request, dispatcher } = await this.#open();
    for (let at = url, hops = 0; ; hops += 1) {
      const problem = refusal?.(at);
      if (problem !== undefined) throw new TransferFailure(problem);
      signal?.throwIfAborted();
      const answer = await request(at, {
        dispatcher,
        signal,
        headers: {
          "user-agent": userAgent,
          accept,
          // Lengths and ranges count bytes of the file, not of its transfer.
          "accept-encoding": "identity",
          ...extraHeaders,
          ...authorization(at, credential),
        },
      }).catch(error => {
        throw signal?.aborted ? signal.reason : connectionFailure(error);
      });
      const { statusCode: status, headers, body } = answer;
      // One that is given up before anybody reads it has nobody else to tell.
      body.on("error", () => {});
      if (status === 200 || status === 206) return { status, headers, body };
      await body.dump({ limit: 1 << 16 }).catch(() => {});
      if (!redirectStatuses.has(status)) throw statusFailure(status, headers, Date.now());
      if (hops === maxRedirects) throw new TransferFailure(`more than ${maxRedirects} redirects`);
      at = redirectTarget(at, header(headers, "location"));
    }
  }

  /** Ends what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const library = await this.#library?.catch(() => undefined);
    await library?.dispatcher.destroy();
  }

  #open() {
    if (this.#closed) throw new TransferFailure("the engine is closed");
    this.#library ??= import("undici").then(({ EnvHttpProxyAgent, request }) => {
      const { connectMs, stalledMs } = this.#timeouts;
      const dispatcher = new EnvHttpProxyAgent({
        connect: { timeout: connectMs },
        headersTimeout: stalledMs,
        bodyTimeout: stalledMs,
      });
      return { request, dispatcher };
    });
    return this.#library;
  }
}

function authorization(url: URL, credential: Credential | undefined): Record<string, string> {
  if (url.username !== "" || url.password !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }
  return credential?.origins.has(url.origin) ? { authorization: `Bearer ${credential.token}` } : {};
}

function redirectTarget(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new TransferFailure(`${shown(from)} redirects to no address`);
  }
  const to = new URL(location, from);
  const problem = leadProblem(from, to);
  if (problem !== undefined) throw new TransferFailure(problem);
  return to;
}
