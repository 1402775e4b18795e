// An agent loop against a scripted model server, and what happened in it.

import { once } from "node:events";
import type { TestContext } from "node:test";
import {
  type AgentEvent,
  type AgentEventKind,
  type AgentEventPayloads,
  AgentLoop,
  type AgentOptions,
  functionTools,
  MemorySessionStore,
  type Message,
  type OutboundMedia,
  type OutboundText,
} from "luaskills/agent";
import { type ModelServer, type Script, startModelServer } from "./model-server.js";

/** A promise that a test settles. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>(resolve => {
    open = resolve;
  });
  return { opened, open };
}

export type EventOf<Kind extends AgentEventKind> = Extract<AgentEvent, { kind: Kind }>;

export class Recorder {
  readonly events: AgentEvent[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(loop: AgentLoop) {
    loop.on("*", event => {
      this.events.push(event);
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind.slice("agent.".length));
  }

  of<Kind extends AgentEventKind>(kind: Kind): EventOf<Kind>[] {
    return this.events.filter((event): event is EventOf<Kind> => event.kind === kind);
  }

  payloads<Kind extends AgentEventKind>(kind: Kind): AgentEventPayloads[Kind][] {
    return this.of(kind).map(({ payload }) => payload as AgentEventPayloads[Kind]);
  }

  /** The n-th event of a kind, from 1, as soon as it is there. */
  async next<Kind extends AgentEventKind>(kind: Kind, n = 1): Promise<EventOf<Kind>> {
    for (;;) {
      const event = this.of(kind)[n - 1];
      if (event !== undefined) return event;
      await new Promise<void>(resolve => {
        const watcher = () => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }
}

export interface Lab {
  loop: AgentLoop;
  server: ModelServer;
  record: Recorder;
  sessions: MemorySessionStore;
  /** What went to the user. */
  texts: OutboundText[];
  sent: OutboundMedia[];
  /** As soon as the user has been sent this many texts. */
  textsSent(count: number): Promise<OutboundText[]>;
  history(sessionKey?: string): Promise<Message[]>;
  say(text: string, sessionKey?: string): ReturnType<AgentLoop["run"]>;
}

/** Options of the loop; without `output`, texts and media are collected. */
export type LabOptions = Partial<Omit<AgentOptions, "model">> & {
  functions?: Parameters<typeof functionTools>[0];
  model?: Partial<{ contextWindow: number; maxRetries: number; retryDelayMs: number }>;
};

/** A loop that ends with the test. */
export async function startLab(t: TestContext, script: Script, options: LabOptions = {}): Promise<Lab> {
  const { functions, model, ...own } = options;
  const server = await startModelServer(t, script);
  const sessions = new MemorySessionStore();
  const texts: OutboundText[] = [];
  const arrivals = new EventTarget();
  const sent: OutboundMedia[] = [];
  const loop = new AgentLoop({
    tools: functions === undefined ? [] : [functionTools(functions)],
    sessions,
    output: {
      text: message => {
        texts.push(message);
        arrivals.dispatchEvent(new Event("text"));
      },
      sendMedia: async message => {
        sent.push(message);
      },
    },
    ...own,
    model: { ...server.endpoint, ...model },
  });
  t.after(() => loop.close());
  const record = new Recorder(loop);
  return {
    loop,
    server,
    record,
    sessions,
    texts,
    sent,
    async textsSent(count) {
      while (texts.length < count) await once(arrivals, "text");
      return texts;
    },
    history: async (sessionKey = "s") => (await sessions.read(sessionKey)).messages,
    say: (text, sessionKey = "s") => loop.run({ sessionKey, text }),
  };
}

/** Role and text of each message, tool calls by name. */
export function outline(messages: readonly Message[]): string[] {
  return messages.map(message => {
    const calls = message.role === "assistant" ? (message.toolCalls ?? []).map(({ name }) => name) : [];
    const said = calls.length > 0 ? `[${calls.join(", ")}]` : message.content;
    return `${message.role}: ${said}`;
  });
}
