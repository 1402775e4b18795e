// A model server whose answers a test writes: real HTTP on loopback, in the protocol of OpenAI's chat completions.
//
//   const server = await startModelServer(t, [calls(["weather", { city: "Oslo" }]), "It rains."]);
//   const loop = new AgentLoop({ model: server.endpoint, … });
//
// Answers are taken in the order of the requests, or made by a function of the request, which may wait: that holds the model
// until the test has done something. A request that a provider would refuse gets status 400 and fails the test at its end.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type ChatMessage, type ChatRequest, requestProblems } from "./chat-protocol.js";
import { type ScriptedAnswer, sendAnswer, sendFailure } from "./scripted-answer.js";

export { type ChatMessage, type ChatRequest, historyProblems } from "./chat-protocol.js";
export {
  calls,
  contextLengthExceeded,
  type ScriptedAnswer,
  type ScriptedCall,
  type ScriptedFailure,
  type ScriptedMessage,
} from "./scripted-answer.js";

export interface RecordedRequest {
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly body: ChatRequest;
  readonly headers: IncomingMessage["headers"];
  /** Aborted when the client gives the request up before it has the whole answer. */
  readonly abandoned: AbortSignal;
}

export type Script =
  | readonly ScriptedAnswer[]
  | ((request: RecordedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>);

export interface ModelServerOptions {
  /** Requests with another key get status 401. */
  apiKey?: string;
}

export class ModelServer implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  /** What was wrong with the requests. */
  readonly problems: string[] = [];
  readonly #http: Server;
  readonly #script: Script;
  readonly #apiKey: string;
  readonly #arrivals = new EventTarget();

  static async start(
    script: Script,
    { apiKey = "sk-scripted" }: ModelServerOptions = {},
  ): Promise<ModelServer> {
    const server = new ModelServer(script, apiKey);
    server.#http.listen(0, "127.0.0.1");
    await once(server.#http, "listening");
    return server;
  }

  private constructor(script: Script, apiKey: string) {
    this.#script = script;
    this.#apiKey = apiKey;
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch(error => {
        this.problems.push(`the script failed: ${error instanceof Error ? error.stack : error}`);
        response.destroy();
      });
    });
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/v1`;
  }

  /** As the option `model` of an AgentLoop. */
  get endpoint(): { baseUrl: string; model: string; apiKey: string } {
    return { baseUrl: this.baseUrl, model: "scripted", apiKey: this.#apiKey };
  }

  /** The request of this number, from 1, as soon as it is there. */
  async request(number: number): Promise<RecordedRequest> {
    for (;;) {
      const request = this.requests[number - 1];
      if (request !== undefined) return request;
      await once(this.#arrivals, "request");
    }
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    const closed = once(this.#http, "close");
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(incoming);
    if (incoming.method !== "POST" || incoming.url !== "/v1/chat/completions") {
      this.problems.push(`unexpected request ${incoming.method} ${incoming.url}`);
      return sendFailure(response, { status: 404, message: "there is only POST /v1/chat/completions" });
    }
    if (incoming.headers.authorization !== `Bearer ${this.#apiKey}`) {
      return sendFailure(response, {
        status: 401,
        code: "invalid_api_key",
        message: "Incorrect API key provided",
      });
    }
    const abandoned = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) abandoned.abort();
    });
    const request: RecordedRequest = {
      number: this.requests.length + 1,
      body: JSON.parse(text) as ChatRequest,
      headers: incoming.headers,
      abandoned: abandoned.signal,
    };
    this.requests.push(request);
    const problems = requestProblems(request.body);
    this.problems.push(...problems.map(problem => `request ${request.number}: ${problem}`));
    this.#arrivals.dispatchEvent(new Event("request"));
    if (problems.length > 0) return sendFailure(response, { status: 400, message: problems.join("; ") });
    const answer = await this.#next(request);
    if (!abandoned.signal.aborted) await sendAnswer(response, answer, request.body, request.number);
  }

  async #next(request: RecordedRequest): Promise<ScriptedAnswer> {
    if (typeof this.#script === "function") return this.#script(request);
    const answer = this.#script[request.number - 1];
    if (answer !== undefined) return answer;
    const message = `the script has no answer to request ${request.number}`;
    this.problems.push(message);
    return { status: 400, message };
  }
}

/** A server that ends with the test, which fails if a request broke the protocol or had no answer. */
export async function startModelServer(
  t: TestContext,
  script: Script,
  options?: ModelServerOptions,
): Promise<ModelServer> {
  const server = await ModelServer.start(script, options);
  t.after(async () => {
    await server.close();
    assert.deepEqual(server.problems, []);
  });
  return server;
}

/** The texts of the messages of one role, in their order. */
export function textsOf(request: RecordedRequest, role: ChatMessage["role"]): string[] {
  return request.body.messages
    .filter(message => message.role === role)
    .map(({ content }) =>
      typeof content === "string" ? content : (content ?? []).map(part => part.text ?? "").join(""),
    );
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
