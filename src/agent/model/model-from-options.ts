// The model port of the package: a model and its fallbacks, asked until one has answered.

import type { LanguageModelV3 } from "@ai-sdk/provider";
import { type Clock, sleep, systemClock } from "../clock.js";
import {
  type ModelCall,
  ModelError,
  type ModelErrorKind,
  type ModelPort,
  type ModelRequest,
  type ModelResponse,
} from "../model-port.js";
import { type AttemptLimits, attempt } from "./attempt.js";
import { CoolDown } from "./cool-down.js";
import {
  type Candidate,
  candidateOf,
  isLanguageModel,
  type ModelChoice,
  type ModelEndpoint,
  wrongModel,
} from "./endpoint.js";
import type { Failure } from "./failure.js";

/** How a port goes about failures. */
export interface PortSettings {
  /** Asked in this order when the ones before fail or have failed lately. */
  fallbacks?: readonly ModelChoice[];
  /** Tokens that a request and its answer may have together. */
  contextWindow?: number;
  /** Further attempts after a failure that may pass. Default 2. */
  maxRetries?: number;
  /** Pause before the first further attempt, milliseconds; twice that before the second, and so on. Default 2,000. */
  retryDelayMs?: number;
  /** A server that wants a longer pause than this is not waited for, milliseconds. Default 60,000. */
  maxRetryDelayMs?: number;
  /** Until the first piece of a streamed answer, or the whole of another, milliseconds. Default 300,000. */
  answerTimeoutMs?: number;
  /** Between two pieces of a streamed answer, milliseconds. Default 120,000. */
  idleTimeoutMs?: number;
}

/** A model and its fallbacks, an endpoint or a model of the AI SDK: `{ baseUrl, model: "name", … }`, `{ model, … }`. */
export type ModelOptions = (ModelEndpoint | { model: LanguageModelV3 }) & PortSettings;

/** Other attempts may help. */
const passing: ReadonlySet<ModelErrorKind> = new Set(["timeout", "network", "rate_limit", "server_error"]);
/** Other models may help. */
const another: ReadonlySet<ModelErrorKind> = new Set([...passing, "billing", "auth"]);

/**
 * A port of what a host names: an endpoint or a model of the AI SDK, with settings or without, or a port of its own.
 *
 * @throws TypeError which says what is wrong
 */
export function modelFromOptions(
  model: ModelPort | LanguageModelV3 | ModelOptions,
  clock: Clock = systemClock,
): ModelPort {
  if (typeof model !== "object" || model === null) throw wrongModel("model", model);
  if ("generate" in model && typeof model.generate === "function") return model;
  return isLanguageModel(model)
    ? new FallbackPort({ model }, clock)
    : new FallbackPort(model as ModelOptions, clock);
}

class FallbackPort implements ModelPort {
  readonly model: string;
  readonly contextWindow?: number;
  readonly #candidates: readonly Candidate[];
  readonly #coolDown = new CoolDown();
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #maxRetries: number;
  readonly #retryDelayMs: number;
  readonly #maxRetryDelayMs: number;

  constructor(options: ModelOptions, clock: Clock) {
    const primary = candidateOf(
      isLanguageModel(options.model) ? options.model : (options as ModelEndpoint),
      "model",
    );
    const others = (options.fallbacks ?? []).map((choice, at) => candidateOf(choice, `fallbacks[${at}]`));
    this.#candidates = [primary, ...others];
    this.model = primary.modelId;
    this.#clock = clock;
    if (options.contextWindow !== undefined) this.contextWindow = number(options, "contextWindow", 0);
    this.#maxRetries = number(options, "maxRetries", 2);
    this.#retryDelayMs = number(options, "retryDelayMs", 2_000);
    this.#maxRetryDelayMs = number(options, "maxRetryDelayMs", 60_000);
    this.#limits = {
      answerTimeoutMs: number(options, "answerTimeoutMs", 300_000),
      idleTimeoutMs: number(options, "idleTimeoutMs", 120_000),
    };
  }

  async generate(request: ModelRequest, call: ModelCall): Promise<ModelResponse> {
    call.signal.throwIfAborted();
    const candidates = this.#candidatesFor(request.model);
    for (let round = 1; ; round++) {
      const outcome = await this.#askInTurn(candidates, round, request, call);
      if ("response" in outcome) return outcome.response;
      const failures = outcome.failed;
      const last = failures.at(-1) as Failure;
      const pause = this.#pause(round, failures);
      if (round > this.#maxRetries || pause === undefined) throw this.#summary(failures, round);
      this.#tellRetry(call, round, last, pause);
      await sleep(this.#clock, pause, call.signal);
    }
  }

  /** Asks one after the other. @throws ModelError that no other model and no other attempt helps against */
  async #askInTurn(
    candidates: readonly Candidate[],
    round: number,
    request: ModelRequest,
    call: ModelCall,
  ): Promise<{ response: ModelResponse } | { failed: Failure[] }> {
    const failed: Failure[] = [];
    const ready = this.#ready(candidates);
    for (const [at, candidate] of ready.entries()) {
      const outcome = await attempt(candidate, request, call, this.#limits, this.#clock);
      if ("response" in outcome) {
        this.#coolDown.succeed(candidate.id);
        return outcome;
      }
      const { error, retryAfterMs } = outcome.failure;
      // Whoever reads along would read a second answer after a part of the first.
      if (outcome.told || !another.has(error.kind)) throw error;
      failed.push(outcome.failure);
      this.#coolDown.fail(candidate.id, error.kind, retryAfterMs, this.#clock.now());
      const next = ready[at + 1];
      if (next !== undefined) this.#tellRetry(call, round, outcome.failure, 0, next.modelId);
    }
    return { failed };
  }

  /** The first candidate is the one that the request names. */
  #candidatesFor(model: string | undefined): readonly Candidate[] {
    const [primary, ...others] = this.#candidates as [Candidate, ...Candidate[]];
    if (model === undefined || model === primary.modelId) return this.#candidates;
    const named = others.find(candidate => candidate.modelId === model) ?? primary.withModel(model);
    return [named, ...others.filter(candidate => candidate !== named)];
  }

  /** Those that are not cooling down; if all are, those for which it may have passed, since somebody has to be asked. */
  #ready(candidates: readonly Candidate[]): readonly Candidate[] {
    if (candidates.length === 1) return candidates;
    const now = this.#clock.now();
    const fresh = candidates.filter(({ id }) => !this.#coolDown.isCooling(id, now));
    if (fresh.length > 0) return fresh;
    const hopeful = candidates.filter(({ id }) => passing.has(this.#coolDown.lastKind(id) ?? "unknown"));
    return hopeful.length > 0 ? hopeful : candidates;
  }

  /** Before the next round; undefined when it would not help, or is asked for later than anybody waits. */
  #pause(round: number, failures: readonly Failure[]): number | undefined {
    const hopeful = failures.filter(({ error }) => passing.has(error.kind));
    if (hopeful.length === 0) return undefined;
    const wanted = Math.min(...hopeful.map(({ retryAfterMs }) => retryAfterMs ?? 0));
    return wanted > this.#maxRetryDelayMs ? undefined : Math.max(wanted, round * this.#retryDelayMs);
  }

  #tellRetry(
    call: ModelCall,
    attempt: number,
    { error }: Failure,
    backoffMs: number,
    nextModel?: string,
  ): void {
    call.onRetry?.({
      attempt,
      maxRetries: this.#maxRetries,
      reason: error.kind,
      error: error.message,
      backoffMs,
      ...(nextModel === undefined ? {} : { nextModel }),
    });
  }

  #summary(failures: readonly Failure[], rounds: number): ModelError {
    const last = failures.at(-1) as Failure;
    const [wait] = failures.flatMap(({ retryAfterMs = 0 }) =>
      retryAfterMs > this.#maxRetryDelayMs ? [retryAfterMs] : [],
    );
    const notes = [
      ...(rounds > 1 ? [`after ${rounds} attempts`] : []),
      ...(wait === undefined ? [] : [`it wants to be asked again in ${Math.ceil(wait / 1_000)} s`]),
    ];
    const text = failures.map(({ error }) => error.message).join("; ");
    return new ModelError(last.error.kind, notes.length === 0 ? text : `${text} (${notes.join(", ")})`);
  }
}

function number(
  settings: PortSettings,
  name: Exclude<keyof PortSettings, "fallbacks">,
  fallback: number,
): number {
  const value = settings[name] ?? fallback;
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`${name} must be a number from 0 on, got ${JSON.stringify(value)}`);
}
