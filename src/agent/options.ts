// What a host says when it makes a loop.

import type { LanguageModelV3 } from "@ai-sdk/provider";
import { type AgentProfile, Agents, toAgent } from "./agents.js";
import { type Clock, systemClock } from "./clock.js";
import { defaultContextPolicy } from "./context/compaction.js";
import type { ContextPolicy } from "./context/context-policy.js";
import type { Hook } from "./hooks/hook.js";
import { type Limits, resolveLimits } from "./limits.js";
import { type MediaStore, MemoryMediaStore } from "./media.js";
import { type ModelOptions, modelFromOptions } from "./model/model-from-options.js";
import type { ModelPort, ModelSettings } from "./model-port.js";
import type { OutputPort } from "./output.js";
import { SecretFilter } from "./secret-filter.js";
import type { SessionStore } from "./session-store.js";
import { MemorySessionStore } from "./sessions/memory-session-store.js";
import type { ToolSource } from "./tools/tool.js";
import type { Texts } from "./turn/services.js";
import type { SteeringMode } from "./turn/steering-queue.js";

export interface AgentOptions {
  /** What the model can call. The host closes what it made. */
  tools: ToolSource[];
  /** An OpenAI-compatible endpoint, a model of the AI SDK, or a port of the host's own. */
  model: ModelPort | LanguageModelV3 | ModelOptions;
  /** Where conversations live. Default: in memory, for as long as the loop does. */
  sessions?: SessionStore;
  /** The loop closes them. */
  hooks?: Hook[];
  limits?: Partial<Limits>;
  /** Of the main agent. Default `"main"`. */
  agentId?: string;
  systemPrompt?: string;
  settings?: ModelSettings;
  /** Names of the tools that the main agent has. Default all. */
  allowTools?: readonly string[];
  /** Agents beside the main one, by id: for `run` and for sub-turns. */
  agents?: Record<string, AgentProfile>;
  /** Ids of the agents that the main one may hand tasks to. Default all. */
  delegates?: readonly string[];
  /** True: neighbouring calls of read-only tools run beside each other. Default false. */
  parallelReadOnly?: boolean;
  /** How many steering messages one look takes. Default `one-at-a-time`. */
  steeringMode?: SteeringMode;
  /** Where the user reads and hears what is not the reply of `run`. */
  output?: OutputPort;
  /** True: the user is told which tool runs. Default false. */
  toolFeedback?: boolean;
  /** Default: in memory. */
  media?: MediaStore;
  /** Never shown to a model in the results of tools. Those shorter than 8 characters are ignored. */
  secrets?: readonly string[];
  /** When and how history is compacted; false: never. */
  context?: ContextPolicy | false;
  /** What the user reads when a turn has nothing to say. */
  texts?: Partial<Texts>;
  clock?: Clock;
}

/** Options, checked and complete. */
export interface AgentSettings {
  agents: Agents;
  clock: Clock;
  context: ContextPolicy | undefined;
  hooks: readonly Hook[];
  limits: Limits;
  media: MediaStore;
  model: ModelPort;
  /** True when the loop has made the port, and closes it. */
  ownsModel: boolean;
  output: OutputPort;
  parallelReadOnly: boolean;
  secrets: SecretFilter;
  sessions: SessionStore;
  steeringMode: SteeringMode;
  texts: Texts;
  toolFeedback: boolean;
  tools: readonly ToolSource[];
}

const defaultTexts: Texts = {
  emptyReply: "The model returned no answer.",
  toolLimit:
    "Stopped: the limit of model calls for one turn (limits.maxIterations) is reached, without a final answer.",
};

/** @throws TypeError | RangeError naming the option */
export function resolveOptions(options: AgentOptions): AgentSettings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("AgentLoop: options must be an object with at least tools and model");
  }
  const {
    tools,
    model,
    clock = systemClock,
    agentId = "main",
    agents = {},
    steeringMode = "one-at-a-time",
  } = options;
  if (!Array.isArray(tools) || !tools.every(isSource)) {
    throw new TypeError(
      "AgentLoop: tools must be an array of tool sources, as skillTools, mcpTools and functionTools make them",
    );
  }
  if (options.hooks !== undefined && !Array.isArray(options.hooks)) {
    throw new TypeError("AgentLoop: hooks must be an array");
  }
  if (typeof agentId !== "string" || agentId.trim() === "") {
    throw new TypeError("AgentLoop: agentId must be a non-empty string");
  }
  if (options.sessions !== undefined && typeof options.sessions?.begin !== "function") {
    throw new TypeError("AgentLoop: sessions must be a session store");
  }
  const port = modelFromOptions(model, clock);
  const main = toAgent(agentId, {
    ...(options.systemPrompt === undefined ? {} : { systemPrompt: options.systemPrompt }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    ...(options.allowTools === undefined ? {} : { tools: options.allowTools }),
    ...(options.delegates === undefined ? {} : { delegates: options.delegates }),
  });
  return {
    agents: new Agents(
      main,
      Object.entries(agents).map(([id, profile]) => toAgent(id, profile)),
    ),
    clock,
    context: options.context === false ? undefined : (options.context ?? defaultContextPolicy()),
    hooks: options.hooks ?? [],
    limits: resolveLimits(options.limits),
    media: options.media ?? new MemoryMediaStore(),
    model: port,
    ownsModel: (port as unknown) !== model,
    output: options.output ?? {},
    parallelReadOnly: options.parallelReadOnly === true,
    secrets: new SecretFilter(options.secrets ?? []),
    sessions: options.sessions ?? new MemorySessionStore(),
    steeringMode,
    texts: { ...defaultTexts, ...options.texts },
    toolFeedback: options.toolFeedback === true,
    tools,
  };
}

function isSource(source: unknown): boolean {
  const { list, call } = (source ?? {}) as { list?: unknown; call?: unknown };
  return typeof list === "function" && typeof call === "function";
}
