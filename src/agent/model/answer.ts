// What a model of the AI SDK answers, whole or in pieces, as the agent knows it.

import type {
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
} from "@ai-sdk/provider";
import type { JsonObject, ToolCall } from "../messages.js";
import type { ModelDelta, ModelResponse, ModelUsage } from "../model-port.js";
import type { ToolNames } from "./tool-names.js";

const finishReasons = {
  stop: "stop",
  length: "truncated",
  "content-filter": "filtered",
  "tool-calls": "tool_calls",
  error: "other",
  other: "other",
} as const satisfies Record<LanguageModelV3FinishReason["unified"], ModelResponse["finishReason"]>;

/** Puts an answer together. */
export class AnswerBuilder {
  readonly #names: ToolNames;
  readonly #modelId: string;
  #content = "";
  #reasoning = "";
  readonly #calls: ToolCall[] = [];
  #finish: LanguageModelV3FinishReason | undefined;
  #usage: ModelUsage | undefined;

  constructor(modelId: string, names: ToolNames) {
    this.#modelId = modelId;
    this.#names = names;
  }

  /** @returns what of it somebody who reads along sees */
  addPart(part: LanguageModelV3StreamPart): ModelDelta | undefined {
    switch (part.type) {
      case "text-delta":
        this.#content += part.delta;
        return part.delta === "" ? undefined : { content: part.delta };
      case "reasoning-delta":
        this.#reasoning += part.delta;
        return part.delta === "" ? undefined : { reasoning: part.delta };
      case "tool-call":
        this.#addCall(part.toolCallId, part.toolName, part.input);
        return undefined;
      case "finish":
        this.finish(part.finishReason, part.usage);
        return undefined;
      default:
        return undefined;
    }
  }

  addContent(content: readonly LanguageModelV3Content[]): void {
    for (const part of content) {
      if (part.type === "text") this.#content += part.text;
      else if (part.type === "reasoning") this.#reasoning += part.text;
      else if (part.type === "tool-call") this.#addCall(part.toolCallId, part.toolName, part.input);
    }
  }

  finish(reason: LanguageModelV3FinishReason, usage: LanguageModelV3Usage): void {
    this.#finish = reason;
    const [input, output] = [usage.inputTokens.total, usage.outputTokens.total];
    if (input === undefined && output === undefined) return;
    this.#usage = { inputTokens: input ?? 0, outputTokens: output ?? 0 };
  }

  /** False: the answer has broken off. */
  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  build(): ModelResponse {
    const reason = finishReasons[this.#finish?.unified ?? "other"];
    return {
      content: this.#content,
      ...(this.#reasoning === "" ? {} : { reasoning: this.#reasoning }),
      toolCalls: this.#calls,
      // Some servers say that they have stopped when they call tools.
      finishReason: this.#calls.length > 0 && reason !== "truncated" ? "tool_calls" : reason,
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      model: this.#modelId,
    };
  }

  #addCall(id: string, name: string, input: string): void {
    const taken = new Set(this.#calls.map(call => call.id));
    let unique = id;
    for (let n = 2; taken.has(unique); n++) unique = `${id}_${n}`;
    this.#calls.push({ id: unique, name: this.#names.fromProvider(name), arguments: parseArguments(input) });
  }
}

function parseArguments(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
