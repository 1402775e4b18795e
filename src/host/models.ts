// vulcan.models: embedding and language models that the host has set. Nothing here raises an error in Lua.

import { FunctionGroup } from "../vm/host-support.js";
import type { Json } from "../vm/index.js";
import type { HostBuilder } from "./builder.js";
import { callerOf, type HostCaller } from "./caller.js";
import { type AnswerText, answer, failure, messageOf } from "./envelope.js";
import { luaHalf } from "./half.js";
import type { HostVm } from "./scope.js";

/** What a model gets beside its input. */
export interface ModelOptions {
  /** Aborts when the call that waits for the model has ended, by its deadline or otherwise. */
  signal: AbortSignal;
}

export interface EmbedResult {
  vector: ArrayLike<number>;
  /** Default: the length of the vector. */
  dimensions?: number;
  usage?: Json;
}

export interface LlmResult {
  assistant: string;
  usage?: Json;
}

/**
 * The models of a host. A rejection may say more than its message, in the members `code` (one of `modelErrorCodes`),
 * `providerMessage`, `providerCode` and `providerStatus`.
 */
export interface Models {
  embed?(text: string, caller: HostCaller, options: ModelOptions): Promise<EmbedResult>;
  llm?(system: string, user: string, caller: HostCaller, options: ModelOptions): Promise<LlmResult>;
}

export const modelErrorCodes = [
  "model_unavailable",
  "invalid_argument",
  "provider_error",
  "timeout",
  "budget_exceeded",
  "internal_error",
] as const;

export type ModelErrorCode = (typeof modelErrorCodes)[number];

const group = new FunctionGroup("vulcan.models", ["status", "has", "embed", "llm"]);
const half = luaHalf(import.meta.url, "models.lua");

export function installModels(builder: HostBuilder): void {
  builder.functions(group, host => ({
    status: () => {
      const { embed, llm } = host.services.models();
      return { ok: true, capabilities: { embed: embed !== undefined, llm: llm !== undefined } };
    },
    has: name => host.services.models()[name as keyof Models] !== undefined,
    embed: {
      wait: text =>
        ask(host, "embed", embedAnswer, (models, ...about) => models.embed?.(String(text), ...about)),
      sync: () => cannotWait(host, "embed"),
    },
    llm: {
      wait: (system, user) =>
        ask(host, "llm", llmAnswer, (models, ...about) =>
          models.llm?.(String(system), String(user), ...about),
        ),
      sync: () => cannotWait(host, "llm"),
    },
  }));
  builder.half("vulcan.models", half);
}

/**
 * @param read makes the answer of what the model returned
 * @param start undefined where there is no such model
 */
async function ask<T>(
  host: HostVm,
  name: keyof Models,
  read: (result: T) => AnswerText,
  start: (models: Models, caller: HostCaller, options: ModelOptions) => Promise<T> | undefined,
): Promise<AnswerText> {
  const models = host.services.models();
  if (models[name] === undefined) return unavailable(name);
  const signal = host.run?.signal ?? AbortSignal.abort();
  let result: T | undefined;
  try {
    result = await start(models, callerOf(host.run), { signal });
  } catch (error) {
    return failure(codeOf(error), messageOf(error), providerDetails(error));
  }
  if (typeof result !== "object" || result === null) {
    return failure("internal_error", `the model for models.${name} returned no object`);
  }
  return read(result);
}

function embedAnswer({ vector, dimensions, usage }: EmbedResult): AnswerText {
  const numbers = Array.from(vector ?? []);
  if (numbers.length === 0 || !numbers.every(Number.isFinite)) {
    return failure("internal_error", "the embedding model returned no vector of finite numbers");
  }
  if (dimensions !== undefined && dimensions !== numbers.length) {
    return failure(
      "internal_error",
      `the embedding model returned ${numbers.length} numbers for ${dimensions} dimensions`,
    );
  }
  return answer({ ok: true, vector: numbers, dimensions: numbers.length, usage }, "internal_error");
}

function llmAnswer({ assistant, usage }: LlmResult): AnswerText {
  if (typeof assistant !== "string") {
    return failure("internal_error", "the language model returned no text");
  }
  return answer({ ok: true, assistant, usage }, "internal_error");
}

/** A request costs money, so none is made whose answer nobody could wait for. */
function cannotWait(host: HostVm, name: keyof Models): AnswerText {
  if (host.services.models()[name] === undefined) return unavailable(name);
  return failure(
    "model_unavailable",
    `models.${name} answers later, and a synchronous call cannot wait for it`,
  );
}

function unavailable(name: keyof Models): AnswerText {
  return failure("model_unavailable", `the host has set no model for models.${name}`);
}

function codeOf(error: unknown): ModelErrorCode {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const known = modelErrorCodes.find(candidate => candidate === code);
  if (known !== undefined) return known;
  return name === "TimeoutError" || code === "ETIMEDOUT" ? "timeout" : "provider_error";
}

function providerDetails(error: unknown): object {
  const { providerMessage, providerCode, providerStatus } = (error ?? {}) as Record<string, unknown>;
  return {
    ...(typeof providerMessage === "string" ? { provider_message: providerMessage } : {}),
    ...(typeof providerCode === "string" ? { provider_code: providerCode } : {}),
    ...(typeof providerStatus === "number" ? { provider_status: providerStatus } : {}),
  };
}
