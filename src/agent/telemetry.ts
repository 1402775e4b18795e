// Traces and metrics of an agent for hosts that have set up OpenTelemetry, by its conventions for generative AI. For all others
// there is no object of this class.
//
// What was said is in no span: prompts, answers and arguments are for the host to record, from events.

import type { Attributes, Histogram, Span, SpanKind, Tracer } from "@opentelemetry/api";
import { type OpenTelemetry, openTelemetry, recordFailure } from "../skills/open-telemetry.js";
import { ModelError, type ModelResponse } from "./model-port.js";
import type { ToolResult } from "./tools/tool.js";

export interface TurnSpan {
  turnId: string;
  agentId: string;
  sessionKey: string;
  /** 0 in the turn of a user. */
  depth: number;
  parentTurnId?: string | undefined;
}

/** What a span says of the end of a turn. */
export interface TurnEnd {
  status: "completed" | "error" | "aborted";
  iterations: number;
  error?: string | undefined;
}

/** Seconds, from a short tool to a long turn. */
const durationBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const tokenBuckets = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];

interface Operation<T> {
  name: string;
  kind: SpanKind;
  /** Of the span and of the measurement. */
  labels: Attributes;
  /** Of the span alone. */
  attributes?: Attributes;
  /** Looks at what has come out. @returns the failure that it is, if it is one */
  ended(span: Span, result: T): Error | undefined;
}

/**
 * Spans `invoke_agent <agent>`, `chat <model>` and `execute_tool <tool>`, each inside the one that it belongs to; a skill that a
 * tool calls has its span in that of the tool. And
 *
 * | instrument | kind, unit | attributes |
 * |---|---|---|
 * | `gen_ai.client.operation.duration` | histogram, s | gen_ai.operation.name, gen_ai.request.model, gen_ai.tool.name, error.type |
 * | `gen_ai.client.token.usage` | histogram, {token} | gen_ai.operation.name, gen_ai.request.model, gen_ai.token.type |
 */
export class AgentTelemetry {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;
  readonly #duration: Histogram;
  readonly #tokens: Histogram;

  /** Undefined unless the process has registered a tracer or a meter provider. */
  static async detect(): Promise<AgentTelemetry | undefined> {
    const api = await openTelemetry();
    return api && new AgentTelemetry(api);
  }

  private constructor(api: OpenTelemetry) {
    this.#api = api;
    this.#tracer = api.trace.getTracer("luaskills");
    const meter = api.metrics.getMeter("luaskills");
    this.#duration = meter.createHistogram("gen_ai.client.operation.duration", {
      description: "Wall clock of turns, model calls and tools",
      unit: "s",
      advice: { explicitBucketBoundaries: durationBuckets },
    });
    this.#tokens = meter.createHistogram("gen_ai.client.token.usage", {
      description: "Tokens of model calls",
      unit: "{token}",
      advice: { explicitBucketBoundaries: tokenBuckets },
    });
  }

  /** Runs a turn, which the spans of its model calls and tools belong to. */
  turn<T extends TurnEnd>(turn: TurnSpan, run: () => Promise<T>): Promise<T> {
    const { turnId, agentId, sessionKey, depth, parentTurnId } = turn;
    return this.#observe(run, {
      name: `invoke_agent ${agentId}`,
      kind: this.#api.SpanKind.INTERNAL,
      labels: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agentId },
      attributes: {
        "gen_ai.conversation.id": sessionKey,
        "luaskills.turn.id": turnId,
        "luaskills.turn.depth": depth,
        ...(parentTurnId === undefined ? {} : { "luaskills.turn.parent_id": parentTurnId }),
      },
      ended(span, { status, iterations, error }) {
        span.setAttributes({ "luaskills.turn.status": status, "luaskills.turn.iterations": iterations });
        return status === "error" ? new Error(error ?? "the turn failed") : undefined;
      },
    });
  }

  /** Runs a call of a model, with its retries and fallbacks. */
  modelCall(model: string, run: () => Promise<ModelResponse>): Promise<ModelResponse> {
    const labels = { "gen_ai.operation.name": "chat", "gen_ai.request.model": model };
    return this.#observe(run, {
      name: `chat ${model}`,
      kind: this.#api.SpanKind.CLIENT,
      labels,
      ended: (span, { model: answered, finishReason, usage }) => {
        span.setAttribute("gen_ai.response.model", answered);
        span.setAttribute("gen_ai.response.finish_reasons", [finishReason]);
        if (usage === undefined) return undefined;
        span.setAttribute("gen_ai.usage.input_tokens", usage.inputTokens);
        span.setAttribute("gen_ai.usage.output_tokens", usage.outputTokens);
        this.#tokens.record(usage.inputTokens, { ...labels, "gen_ai.token.type": "input" });
        this.#tokens.record(usage.outputTokens, { ...labels, "gen_ai.token.type": "output" });
        return undefined;
      },
    });
  }

  /** Runs a tool. */
  tool(tool: string, toolCallId: string, run: () => Promise<ToolResult>): Promise<ToolResult> {
    return this.#observe(run, {
      name: `execute_tool ${tool}`,
      kind: this.#api.SpanKind.INTERNAL,
      labels: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool },
      attributes: { "gen_ai.tool.call.id": toolCallId },
      ended(_span, { isError, errorCode }) {
        if (isError !== true) return undefined;
        return Object.assign(new Error(`${tool} failed`), errorCode === undefined ? {} : { code: errorCode });
      },
    });
  }

  async #observe<T>(run: () => Promise<T>, operation: Operation<T>): Promise<T> {
    const { name, kind, attributes, ended } = operation;
    const labels = { ...operation.labels };
    const started = performance.now();
    const span = this.#tracer.startSpan(name, { kind, attributes: { ...labels, ...attributes } });
    const fail = (error: unknown) => {
      // The kinds of model errors tell more than their one class.
      const typed =
        error instanceof ModelError ? Object.assign(new Error(error.message), { code: error.kind }) : error;
      labels["error.type"] = recordFailure(this.#api, span, typed);
    };
    try {
      const inside = this.#api.trace.setSpan(this.#api.context.active(), span);
      const result = await this.#api.context.with(inside, run);
      const failure = ended(span, result);
      if (failure !== undefined) fail(failure);
      return result;
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      span.end();
      this.#duration.record((performance.now() - started) / 1_000, labels);
    }
  }
}
