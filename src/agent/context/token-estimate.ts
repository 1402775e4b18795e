// How many tokens a request will be, on the safe side and without a tokenizer, of which every model has another one.

import type { Message } from "../messages.js";
import type { ToolDefinition } from "../model-port.js";

/** English text has about four bytes to a token, code and JSON about three, Chinese three as well (one character). */
const bytesPerToken = 3;
/** What the protocol puts around a message, a call and a tool. */
const tokensAround = 8;
/** A picture takes between some hundred and some thousand. */
const tokensPerMedia = 1_500;

/** Whether a budget of tokens is one: 0 and infinity stand for "not known". */
export function isKnown(budget: number): boolean {
  return budget > 0 && Number.isFinite(budget);
}

export function textTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

export function messageTokens(message: Message): number {
  let tokens = tokensAround + textTokens(message.content);
  if ("media" in message) tokens += (message.media?.length ?? 0) * tokensPerMedia;
  if (message.role === "assistant") {
    for (const { name, arguments: args } of message.toolCalls ?? []) {
      tokens += tokensAround + textTokens(name) + textTokens(JSON.stringify(args));
    }
  }
  return tokens;
}

export function messagesTokens(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + messageTokens(message), 0);
}

export function toolsTokens(tools: readonly ToolDefinition[]): number {
  return tools.reduce(
    (sum, { name, description, inputSchema }) =>
      sum +
      tokensAround +
      textTokens(name) +
      textTokens(description) +
      textTokens(JSON.stringify(inputSchema)),
    0,
  );
}
