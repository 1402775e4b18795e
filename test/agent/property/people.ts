// Everything around a loop, as unreliable as it gets: a model, tools, hooks and a session store.

import type {
  Hook,
  Message,
  ModelCall,
  ModelPort,
  ModelRequest,
  ModelResponse,
  SessionStore,
  ToolCall,
  ToolContext,
} from "luaskills/agent";
import { type FunctionTools, type MemorySessionStore, ModelError } from "luaskills/agent";
import { type ChatMessage, historyProblems } from "../chat-protocol.js";
import type { World } from "./world.js";

/** What the run has to account for in the end. */
export interface Ledger {
  /** Wrong requests to the model. */
  problems: string[];
  /** Sub-turns that were to be delivered into a mailbox, by id. */
  mailed: Set<string>;
  /** Results that were awaited, by id of the sub-turn; true once there. */
  returned: Map<string, boolean>;
  /** Reports of asynchronous tools, while their turn had not been aborted. */
  reports: number;
  /** Resources that tools hold. */
  held: number;
}

export function newLedger(): Ledger {
  return { problems: [], mailed: new Set(), returned: new Map(), reports: 0, held: 0 };
}

/** As the scripted server would see the messages. */
export function protocolProblems(messages: readonly Message[]): string[] {
  return historyProblems(
    messages.map((message): ChatMessage => {
      if (message.role === "assistant") {
        const { content, toolCalls = [] } = message;
        if (toolCalls.length === 0) return { role: "assistant", content };
        return {
          role: "assistant",
          content,
          tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({
            id,
            type: "function",
            function: { name, arguments: JSON.stringify(args) },
          })),
        };
      }
      if (message.role === "tool") {
        return { role: "tool", content: message.content, tool_call_id: message.toolCallId };
      }
      return { role: message.role, content: message.content };
    }),
  );
}

export class RandomModel implements ModelPort {
  readonly model = "random";
  readonly contextWindow = 2_000;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #tools: readonly string[];
  #calls = 0;

  constructor(world: World, ledger: Ledger, tools: readonly string[]) {
    this.#world = world;
    this.#ledger = ledger;
    this.#tools = tools;
  }

  async generate(request: ModelRequest, { signal, onRetry }: ModelCall): Promise<ModelResponse> {
    const world = this.#world;
    const { random } = world;
    this.#ledger.problems.push(...protocolProblems(request.messages));
    await world.pause();
    // Some ports listen to their signal, and some do not.
    if (random.chance(0.5)) signal.throwIfAborted();
    if (world.trouble(0.05)) {
      onRetry?.({ attempt: 1, maxRetries: 2, reason: "server_error", error: "503", backoffMs: 10 });
      await world.pause();
    }
    if (world.trouble(0.04)) throw new ModelError("server_error", "the model is down");
    if (world.trouble(0.04)) throw new ModelError("context_limit", "too long");
    const wantsTools = request.tools.length > 0 && random.chance(world.calm ? 0.1 : 0.6);
    const toolCalls = wantsTools ? this.#someCalls() : [];
    return {
      content: random.chance(0.9) ? `answer ${++this.#calls}` : "",
      toolCalls,
      finishReason: toolCalls.length > 0 ? "tool_calls" : "stop",
      usage: { inputTokens: 10, outputTokens: 5 },
      model: this.model,
    };
  }

  #someCalls(): ToolCall[] {
    const { random } = this.#world;
    return Array.from({ length: 1 + random.below(4) }, (_, at) => ({
      // Providers are not always careful with ids.
      id: random.chance(0.05) ? "same" : random.chance(0.03) ? "" : `call-${++this.#calls}-${at}`,
      name: random.pick(this.#tools),
      arguments: random.chance(0.05) ? { surprise: true } : {},
    }));
  }
}

/** Tools of every kind there is. */
export function randomTools(world: World, ledger: Ledger): FunctionTools {
  const { random } = world;
  /** Works for a while, holds something meanwhile, and gives up at its signal, if it listens. */
  const work = async ({ signal }: ToolContext, listens: boolean) => {
    ledger.held++;
    try {
      await world.perhapsPause();
      if (listens) signal.throwIfAborted();
    } finally {
      ledger.held--;
    }
  };
  const spawned = async (context: ToolContext, deliver: "return" | "mailbox") => {
    const handle = context.spawn({
      task: "a part of it",
      deliver,
      critical: random.chance(0.4),
      timeoutMs: 1_000,
      ...(random.chance(0.2) ? { tokenBudget: 40 } : {}),
    });
    if (deliver === "mailbox") {
      ledger.mailed.add(handle.id);
      return "started";
    }
    ledger.returned.set(handle.id, false);
    void handle.result.then(() => ledger.returned.set(handle.id, true));
    if (world.trouble(0.2)) handle.cancel();
    return (await handle.result).text;
  };
  return {
    plain: () => "plain",
    empty: { description: "says nothing", run: () => "" },
    slow: async (_args, context) => {
      await work(context, true);
      return "slow";
    },
    deaf: async (_args, context) => {
      await work(context, false);
      return "deaf";
    },
    failing: async (_args, context) => {
      await work(context, true);
      throw new Error("it failed");
    },
    nothing: () => undefined as unknown as string,
    limited: {
      timeoutMs: 50,
      run: async (_args, context) => {
        await work(context, random.chance(0.5));
        return "in time";
      },
    },
    handled: () => ({ forModel: "done", forUser: "look", handled: true }),
    late: {
      async: true,
      run: (_args, context) => {
        void world.pause().then(() => {
          if (!context.signal.aborted) ledger.reports++;
          context.complete?.("late news");
          context.complete?.("twice");
        });
        return { forModel: "started", async: true };
      },
    },
    reader: {
      readOnly: true,
      run: async (_args, context) => {
        await work(context, true);
        return "read";
      },
    },
    looker: { readOnly: true, run: () => "looked" },
    child: (_args, context) => spawned(context, "return"),
    mail: (_args, context) => spawned(context, "mailbox"),
    hiddenOne: { hidden: true, run: () => "found" },
  };
}

export function randomHook(world: World, name: string): Hook {
  const { random } = world;
  const before = async () => {
    if (random.chance(0.3)) await world.perhapsPause();
    if (world.trouble(0.03)) throw new Error("the hook failed");
  };
  return {
    name,
    priority: random.below(3),
    trusted: random.chance(0.5),
    timeouts: { interceptorMs: 20, approverMs: 20 },
    async beforeModel() {
      await before();
      if (world.trouble(0.01)) return { action: "abort_turn" };
      if (world.trouble(0.01)) return { action: "hard_abort" };
      return random.chance(0.1) ? { action: "modify", addTools: ["hiddenOne"] } : undefined;
    },
    async afterModel() {
      await before();
      if (world.trouble(0.01)) return { action: "abort_turn" };
      return undefined;
    },
    async beforeTool({ tool }) {
      await before();
      if (world.trouble(0.02)) return { action: "abort_turn", reason: "enough" };
      if (world.trouble(0.01)) return { action: "hard_abort" };
      if (random.chance(0.05)) return { action: "deny_tool", reason: "no" };
      if (random.chance(0.05)) return { action: "respond", result: { forModel: "instead" } };
      if (random.chance(0.05)) return { action: "modify", tool: tool === "plain" ? "slow" : tool };
      return undefined;
    },
    async approveTool() {
      await before();
      return { approved: random.chance(0.95) };
    },
    async afterTool({ result }) {
      await before();
      if (world.trouble(0.01)) return { action: "abort_turn" };
      return random.chance(0.1) ? { action: "modify", result: { ...result, forModel: "seen" } } : undefined;
    },
    ...(random.chance(0.2)
      ? {
          async onEvent() {
            if (random.chance(0.05)) await world.pause();
          },
        }
      : {}),
  };
}

/** Keeps sessions, slowly, and sometimes not. */
export function randomStore(world: World, inner: MemorySessionStore): SessionStore {
  return {
    read: key => inner.read(key),
    compact: (key, compaction) => inner.compact(key, compaction),
    clear: key => inner.clear(key),
    list: () => inner.list(),
    async begin(key, turn) {
      await world.perhapsPause();
      if (world.trouble(0.01)) throw new Error("the store is away");
      const log = await inner.begin(key, turn);
      return {
        history: log.history,
        async append(message) {
          if (world.random.chance(0.05)) await world.pause();
          if (world.trouble(0.004)) throw new Error("the disk is full");
          await log.append(message);
        },
        compact: compaction => log.compact(compaction),
        async commit(summary) {
          await world.perhapsPause();
          if (world.trouble(0.02)) throw new Error("the disk is full");
          await log.commit(summary);
        },
        discard: summary => log.discard(summary),
      };
    },
  };
}
