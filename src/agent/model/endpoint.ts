// Which models a port asks: an address that speaks the protocol of OpenAI's chat completions, or a model of the AI SDK.

import { createOpenAICompatible, type OpenAICompatibleProvider } from "@ai-sdk/openai-compatible";
import type { LanguageModelV3 } from "@ai-sdk/provider";
import { ModelError } from "../model-port.js";
import { Redaction } from "./redaction.js";

/** A server that speaks the protocol of OpenAI's chat completions, local or hosted. */
export interface ModelEndpoint {
  /** Up to and without `/chat/completions`, for instance `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  /** As the server calls it. */
  model: string;
  /** Sent as a bearer token. Appears in no error and no event. */
  apiKey?: string;
  /** Sent with every request. Their values appear in no error and no event either. */
  headers?: Record<string, string>;
}

export type ModelChoice = ModelEndpoint | LanguageModelV3;

/** One model that can be asked. */
export interface Candidate {
  /** Unique among the candidates of a port; also the name for messages. */
  readonly id: string;
  readonly modelId: string;
  readonly languageModel: LanguageModelV3;
  readonly redaction: Redaction;
  /** Another model of the same place. @throws ModelError when the place has only the one */
  withModel(modelId: string): Candidate;
}

/** @throws TypeError which says what is wrong with the choice */
export function candidateOf(choice: ModelChoice, what: string): Candidate {
  if (isLanguageModel(choice)) return fixedCandidate(choice);
  const { baseUrl, model, apiKey, headers } = requireEndpoint(choice, what);
  const redaction = new Redaction([apiKey, ...Object.values(headers ?? {})]);
  const provider = createOpenAICompatible({
    name: "openaiCompatible",
    baseURL: baseUrl.replace(/\/+$/, ""),
    includeUsage: true,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(headers === undefined ? {} : { headers }),
  });
  return endpointCandidate(provider, model, redaction.address(baseUrl), redaction);
}

export function isLanguageModel(value: unknown): value is LanguageModelV3 {
  const model = value as Partial<LanguageModelV3> | null;
  return typeof model?.doGenerate === "function" && typeof model.doStream === "function";
}

function endpointCandidate(
  provider: OpenAICompatibleProvider,
  modelId: string,
  address: string,
  redaction: Redaction,
): Candidate {
  return {
    id: `${modelId} at ${address}`,
    modelId,
    languageModel: provider(modelId),
    redaction,
    withModel: other => endpointCandidate(provider, other, address, redaction),
  };
}

function fixedCandidate(languageModel: LanguageModelV3): Candidate {
  const { modelId, provider } = languageModel;
  const id = `${modelId} of ${provider}`;
  return {
    id,
    modelId,
    languageModel,
    redaction: new Redaction([]),
    withModel(other) {
      throw new ModelError(
        "format",
        `the model ${other} cannot be asked for: the agent was given ${id} alone`,
      );
    },
  };
}

/** The error of something that is no model. */
export function wrongModel(what: string, value: unknown): TypeError {
  return new TypeError(
    `${what} must be { baseUrl, model, apiKey? } or a language model of the AI SDK, got ${value === null ? "null" : typeof value}`,
  );
}

function requireEndpoint(value: unknown, what: string): ModelEndpoint {
  if (typeof value !== "object" || value === null) throw wrongModel(what, value);
  const { baseUrl, model, apiKey, headers } = value as Record<string, unknown>;
  if (typeof baseUrl !== "string" || !/^https?:$/.test(protocolOf(baseUrl))) {
    throw new TypeError(
      `${what}: baseUrl must be an http or https address, for instance "http://127.0.0.1:11434/v1"`,
    );
  }
  if (typeof model !== "string" || model.trim() === "") {
    throw new TypeError(`${what}: model must be the name of a model of ${baseUrl}`);
  }
  if (apiKey !== undefined && typeof apiKey !== "string")
    throw new TypeError(`${what}: apiKey must be a string`);
  if (headers !== undefined && (typeof headers !== "object" || headers === null)) {
    throw new TypeError(`${what}: headers must be an object of names and values`);
  }
  return value as ModelEndpoint;
}

function protocolOf(address: string): string {
  try {
    return new URL(address).protocol;
  } catch {
    return "";
  }
}
