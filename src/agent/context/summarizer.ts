// Asks the model what is worth keeping of messages that go.

import type { Message } from "../messages.js";
import type { ModelPort } from "../model-port.js";
import { isKnown, textTokens } from "./token-estimate.js";

const instructions = `You keep the memory of a conversation between a user and an assistant that uses tools. Its oldest part is \
about to be dropped. Write down what must be remembered of it: what the user wants and prefers, decisions, facts, names, paths, \
numbers, results of tools, and what is still open. Include what the earlier summary says, as far as it still matters. Answer \
with the summary alone, in the language of the conversation, in at most 400 words.`;

/** Characters of one message that the summary is made from: of a longer one, its ends. */
const longestMessage = 6_000;
/** Characters of a summary that are kept, should the model not keep to its words. */
const longestSummary = 12_000;

export interface SummaryRequest {
  model: ModelPort;
  /** What the messages before these came to; "" where there are none. */
  earlier: string;
  messages: readonly Message[];
  /** Tokens of one request, where they are known. What is longer is summarized part by part. */
  budget: number;
  signal: AbortSignal;
}

/** @returns "" when the model says nothing. @throws ModelError; the reason of the signal */
export async function summarize({
  model,
  earlier,
  messages,
  budget,
  signal,
}: SummaryRequest): Promise<string> {
  let summary = earlier;
  for (const part of parts(messages.map(transcriptOf), partTokens(budget))) {
    const before = summary === "" ? "" : `Earlier summary:\n${summary}\n\n`;
    const { content } = await model.generate(
      {
        messages: [
          { role: "system", content: instructions },
          { role: "user", content: `${before}Conversation:\n${part}` },
        ],
        tools: [],
        settings: {},
        media: new Map(),
      },
      { signal },
    );
    if (content.trim() === "") return "";
    summary = content.trim().slice(0, longestSummary);
  }
  return summary;
}

/** Where the budget is not known, what few models refuse has to do. */
function partTokens(budget: number): number {
  return isKnown(budget) ? Math.max(1_000, budget / 2) : 4_000;
}

/** The texts, joined to parts of so many tokens at most. */
function parts(texts: readonly string[], budget: number): string[] {
  const joined: string[] = [];
  let current = "";
  for (const text of texts) {
    if (current !== "" && textTokens(current) + textTokens(text) > budget) {
      joined.push(current);
      current = "";
    }
    current += `${text}\n`;
  }
  return current === "" ? joined : [...joined, current];
}

function transcriptOf(message: Message): string {
  const { content } = message;
  switch (message.role) {
    case "assistant": {
      const calls = (message.toolCalls ?? []).map(
        call => `[calls ${call.name} ${JSON.stringify(call.arguments)}]`,
      );
      return shortened(`assistant: ${[content, ...calls].filter(text => text !== "").join(" ")}`);
    }
    case "tool":
      return shortened(`${message.toolName}${message.isError === true ? " (failed)" : ""}: ${content}`);
    default:
      return shortened(`${message.role}: ${content}`);
  }
}

function shortened(text: string): string {
  if (text.length <= longestMessage) return text;
  const half = longestMessage / 2;
  return `${text.slice(0, half)}\n[… ${text.length - longestMessage} characters …]\n${text.slice(-half)}`;
}
