// One request to one model: streamed where somebody reads along, ended when it takes too long or nobody waits any more.

import type { LanguageModelV3, LanguageModelV3CallOptions } from "@ai-sdk/provider";
import type { Clock } from "../clock.js";
import type { ModelCall, ModelRequest, ModelResponse } from "../model-port.js";
import { AnswerBuilder } from "./answer.js";
import type { Candidate } from "./endpoint.js";
import { type Failure, failureOf, modelFailure } from "./failure.js";
import { promptOf } from "./prompt.js";
import { ToolNames } from "./tool-names.js";

export interface AttemptLimits {
  /** Milliseconds until the first piece of a streamed answer, or the whole of another. */
  answerTimeoutMs: number;
  /** Milliseconds between two pieces. */
  idleTimeoutMs: number;
}

export type AttemptOutcome =
  | { readonly response: ModelResponse }
  /** `told`: somebody has read a part of the answer. */
  | { readonly failure: Failure; readonly told: boolean };

/** @throws only the reason of `call.signal` */
export async function attempt(
  candidate: Candidate,
  request: ModelRequest,
  call: Pick<ModelCall, "signal" | "onDelta">,
  limits: AttemptLimits,
  clock: Clock,
): Promise<AttemptOutcome> {
  const watch = new Watch(call.signal, clock);
  let told = false;
  const onDelta: ModelCall["onDelta"] =
    call.onDelta &&
    (delta => {
      told = true;
      call.onDelta?.(delta);
    });
  try {
    const names = new ToolNames();
    const options = { ...callOptions(request, names), abortSignal: watch.signal };
    const answer = new AnswerBuilder(candidate.modelId, names);
    watch.expect(limits.answerTimeoutMs);
    const { languageModel } = candidate;
    if (onDelta === undefined) await generate(languageModel, options, answer, watch);
    else await stream(languageModel, options, answer, watch, limits, onDelta);
    if (!answer.isFinished)
      return { failure: modelFailure("network", candidate, "broke its answer off"), told };
    return { response: answer.build() };
  } catch (error) {
    call.signal.throwIfAborted();
    const { lateMs } = watch;
    if (lateMs !== undefined) {
      const what = told ? "sent nothing more for" : "did not answer within";
      return { failure: modelFailure("timeout", candidate, `${what} ${lateMs / 1_000} s`), told };
    }
    return { failure: failureOf(error, candidate, clock.now()), told };
  } finally {
    watch.end();
  }
}

async function generate(
  model: LanguageModelV3,
  options: LanguageModelV3CallOptions,
  answer: AnswerBuilder,
  watch: Watch,
): Promise<void> {
  const { content, finishReason, usage } = await watch.race(model.doGenerate(options));
  answer.addContent(content);
  answer.finish(finishReason, usage);
}

async function stream(
  model: LanguageModelV3,
  options: LanguageModelV3CallOptions,
  answer: AnswerBuilder,
  watch: Watch,
  { idleTimeoutMs }: AttemptLimits,
  onDelta: NonNullable<ModelCall["onDelta"]>,
): Promise<void> {
  const { stream: parts } = await watch.race(model.doStream(options));
  const reader = parts.getReader();
  try {
    for (;;) {
      const { done, value } = await watch.race(reader.read());
      if (done) return;
      if (value.type === "error") throw value.error;
      // The first part only says that the server has begun.
      if (value.type !== "stream-start") watch.expect(idleTimeoutMs);
      const delta = answer.addPart(value);
      if (delta !== undefined) onDelta(delta);
    }
  } finally {
    // Closes the connection if the answer is not at its end.
    reader.cancel().catch(() => {});
  }
}

function callOptions(request: ModelRequest, names: ToolNames): LanguageModelV3CallOptions {
  const { settings, tools, messages, media } = request;
  const { maxTokens, temperature, thinkingLevel } = settings;
  return {
    prompt: promptOf(messages, media, names),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema }) => ({
            type: "function" as const,
            name: names.toProvider(name),
            description,
            inputSchema,
          })),
          toolChoice: { type: "auto" as const },
        }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(thinkingLevel === undefined
      ? {}
      : { providerOptions: { openaiCompatible: { reasoningEffort: thinkingLevel } } }),
  };
}

/** Aborts what is waited for when the caller does, or when it does not come in time. */
class Watch {
  readonly #abort = new AbortController();
  readonly #caller: AbortSignal;
  readonly #clock: Clock;
  readonly #onCallerAbort = () => this.#abort.abort(this.#caller.reason);
  #cancelTimer = () => {};
  /** How long was waited in vain; undefined: not in vain. */
  lateMs: number | undefined;

  constructor(caller: AbortSignal, clock: Clock) {
    caller.throwIfAborted();
    this.#caller = caller;
    this.#clock = clock;
    caller.addEventListener("abort", this.#onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The next thing has to come within this time. */
  expect(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.lateMs = ms;
      this.#abort.abort(new Error(`nothing came within ${ms} ms`));
    });
  }

  /** Models need not look at the signal. */
  race<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = this;
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      const leave = () => signal.removeEventListener("abort", abort);
      promise.then(
        value => {
          leave();
          resolve(value);
        },
        error => {
          leave();
          reject(error);
        },
      );
    });
  }

  end(): void {
    this.#cancelTimer();
    this.#caller.removeEventListener("abort", this.#onCallerAbort);
  }
}
