// What the scripted model server answers, and how it looks on the wire.

import type { ServerResponse } from "node:http";
import type { ChatRequest } from "./chat-protocol.js";

export interface ScriptedCall {
  name: string;
  /** An object, or text as a model might write it, which need not be JSON. */
  arguments?: object | string;
  /** `call_<request>_<position>` where it is absent. */
  id?: string;
}

export interface ScriptedMessage {
  /** One text, or its pieces: a test that yields them one by one decides when each is sent. */
  text?: string | Iterable<string> | AsyncIterable<string>;
  reasoning?: string;
  calls?: readonly ScriptedCall[];
  /** `stop`, or `tool_calls` when there are some. */
  finish?: string;
  /** Null: the provider says nothing about it. */
  usage?: { prompt: number; completion: number } | null;
  /**
   * What happens in the place of the end: `cut` closes the connection, `stall` sends nothing more until the client goes,
   * `error` sends an error in the stream, `silent` ends the stream without a reason.
   */
  end?: "cut" | "stall" | "error" | "silent";
}

export interface ScriptedFailure {
  status: number;
  message?: string;
  code?: string;
  /** Value of the header Retry-After. */
  retryAfter?: string;
}

/** `"stall"`: nothing is sent at all until the client goes. `"hang-up"`: the connection is closed at once. */
export type ScriptedAnswer = string | ScriptedMessage | ScriptedFailure | "stall" | "hang-up";

/** As providers say it. */
export const contextLengthExceeded: ScriptedFailure = {
  status: 400,
  code: "context_length_exceeded",
  message:
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9120 tokens.",
};

/** An answer that calls tools: `calls(["weather", { city: "Oslo" }], ["clock"])`. */
export function calls(...list: [name: string, args?: object | string][]): ScriptedMessage {
  return {
    calls: list.map(([name, args]) => ({ name, ...(args === undefined ? {} : { arguments: args }) })),
  };
}

/** Sends the answer. @param number of the request, from 1 */
export async function sendAnswer(
  response: ServerResponse,
  answer: ScriptedAnswer,
  request: ChatRequest,
  number: number,
): Promise<void> {
  if (answer === "stall") return;
  if (answer === "hang-up") return void response.destroy();
  if (typeof answer === "object" && "status" in answer) return sendFailure(response, answer);
  const message = typeof answer === "string" ? { text: answer } : answer;
  const wire = new WireMessage(message, request, number);
  if (request.stream === true) await sendStream(response, wire);
  else await sendJson(response, wire);
}

export function sendFailure(
  response: ServerResponse,
  { status, message, code, retryAfter }: ScriptedFailure,
): void {
  const error = {
    message: message ?? `scripted failure ${status}`,
    type: status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error",
    param: null,
    code: code ?? null,
  };
  response.writeHead(status, {
    "content-type": "application/json",
    ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
  });
  response.end(JSON.stringify({ error }));
}

/** A scripted message with all that the protocol needs around it. */
class WireMessage {
  readonly script: ScriptedMessage;
  readonly head: { id: string; created: number; model: string };
  readonly calls: { id: string; name: string; arguments: string }[];
  readonly finish: string;
  readonly usage: object | undefined;
  readonly usageInStream: boolean;

  constructor(script: ScriptedMessage, request: ChatRequest, number: number) {
    this.script = script;
    this.head = { id: `chatcmpl-${number}`, created: 1_700_000_000 + number, model: request.model };
    this.calls = (script.calls ?? []).map((call, at) => ({
      id: call.id ?? `call_${number}_${at + 1}`,
      name: call.name,
      arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments ?? {}),
    }));
    this.finish = script.finish ?? (this.calls.length > 0 ? "tool_calls" : "stop");
    const { prompt, completion } = script.usage ?? { prompt: 10, completion: 5 };
    this.usage =
      script.usage === null
        ? undefined
        : { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
    this.usageInStream = request.stream_options?.include_usage === true;
  }

  async *pieces(): AsyncGenerator<string> {
    const { text } = this.script;
    if (text === undefined) return;
    if (typeof text !== "string") yield* text;
    else for (const [piece] of text.matchAll(/\S+\s*|\s+/gu)) yield piece;
  }
}

async function sendJson(response: ServerResponse, wire: WireMessage): Promise<void> {
  let text = "";
  for await (const piece of wire.pieces()) text += piece;
  const body = JSON.stringify({
    ...wire.head,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        finish_reason: wire.finish,
        message: {
          role: "assistant",
          content: text === "" ? null : text,
          ...(wire.script.reasoning === undefined ? {} : { reasoning_content: wire.script.reasoning }),
          ...(wire.calls.length === 0
            ? {}
            : {
                tool_calls: wire.calls.map(({ id, ...called }) => ({
                  id,
                  type: "function",
                  function: called,
                })),
              }),
        },
      },
    ],
    ...(wire.usage === undefined ? {} : { usage: wire.usage }),
  });
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  const { end } = wire.script;
  if (end === undefined) return void response.end(body);
  response.write(body.slice(0, body.length / 2));
  if (end !== "stall") response.socket?.end();
}

async function sendStream(response: ServerResponse, wire: WireMessage): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const send = (data: unknown) =>
    response.write(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
  const chunk = (delta: object, finish: string | null = null) =>
    send({
      ...wire.head,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
  chunk({ role: "assistant", content: "" });
  if (wire.script.reasoning !== undefined) chunk({ reasoning_content: wire.script.reasoning });
  for await (const piece of wire.pieces()) chunk({ content: piece });
  wire.calls.forEach((call, index) => {
    chunk({
      tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }],
    });
    for (const piece of thirds(call.arguments))
      chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
  });
  const { end } = wire.script;
  if (end === "stall") return;
  // What was written arrives before the connection ends.
  if (end === "cut") return void response.socket?.end();
  if (end === "error") send({ error: { message: "scripted failure in the stream", type: "server_error" } });
  if (end === undefined) {
    chunk({}, wire.finish);
    if (wire.usageInStream && wire.usage !== undefined) {
      send({ ...wire.head, object: "chat.completion.chunk", choices: [], usage: wire.usage });
    }
    send("[DONE]");
  }
  response.end();
}

/** The text in three pieces or fewer. */
function thirds(text: string): string[] {
  const size = Math.max(1, Math.ceil(text.length / 3));
  return [text.slice(0, size), text.slice(size, 2 * size), text.slice(2 * size)].filter(
    piece => piece !== "",
  );
}
