// Calls that a test makes, and the functions of the test that stand in for host tools and models while an entry runs. The test
// waits for one event at a time: the end of the call, or a question to a stand-in, which it answers and waits again.

import type { Json, SkillEngine } from "../../index.js";
import type { JsonObject } from "../../packages/json-object.js";
import { ArgumentValidation } from "../../skills/argument-validation.js";
import { LuaError } from "../../vm/index.js";
import { readCallOptions, readRequest } from "./call-options.js";

/** What a waiting test gets to see. */
type CallEvent =
  | { result: Json }
  | { error: string; traceback?: string }
  | { ask: number; kind: "tool" | "model"; name: string; first: Json; second: Json };

type Relocate = (message: string) => string;

/** The events of one call, of which the test takes one after the other. */
class Conversation {
  readonly #events: CallEvent[] = [];
  #waiting: ((event: CallEvent) => void) | undefined;

  push(event: CallEvent): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#events.push(event);
    else waiting(event);
  }

  next(): Promise<CallEvent> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve(event);
    return new Promise(resolve => {
      this.#waiting = resolve;
    });
  }
}

interface Question {
  conversation: Conversation;
  settle(ok: boolean, value: Json): void;
}

export class EntryCalls {
  readonly #engine: SkillEngine;
  readonly #skillId: string;
  readonly #relocate: Relocate;
  readonly #validation = new ArgumentValidation();
  /** The innermost call is the last: a stand-in may make calls of its own. */
  readonly #conversations: Conversation[] = [];
  readonly #questions = new Map<number, Question>();
  readonly #tools = new Map<string, () => void>();
  #asked = 0;
  /** Of the running test. */
  #signal: AbortSignal = AbortSignal.abort();
  #deadline = 0;
  #lastCall: { what: string; ended: Promise<CallEvent> } | undefined;

  constructor(engine: SkillEngine, skillId: string, relocate: Relocate) {
    this.#engine = engine;
    this.#skillId = skillId;
    this.#relocate = relocate;
  }

  /** Calls made from now on end with this run. */
  begin(signal: AbortSignal, timeoutMs: number): void {
    this.#signal = signal;
    this.#deadline = performance.now() + timeoutMs;
    this.#lastCall = undefined;
    this.#conversations.length = 0;
  }

  /** What was asked and never answered fails; the entry that asked has ended with the run. */
  end(): void {
    for (const { settle } of this.#questions.values()) settle(false, "the test has ended");
    this.#questions.clear();
  }

  /** Of a call that had not ended when the test did: what was called, and where it was. */
  async interrupted(): Promise<{ what: string; traceback: string | undefined } | undefined> {
    if (this.#lastCall === undefined || this.#conversations.length === 0) return undefined;
    const { what, ended } = this.#lastCall;
    const event = await ended;
    return { what, traceback: "error" in event ? event.traceback : undefined };
  }

  /** The functions for the Lua side, by name. */
  functions() {
    return {
      call: (entry: string, args: Json, options: Json) => this.#call(entry, args, options),
      help: (flow: string, request: Json) => this.#help(flow, request),
      answer: (ask: number, ok: boolean, value: Json) => this.#answer(ask, ok, value),
      offer: (tools: { [name: string]: string }, models: { llm?: true; embed?: true }) =>
        this.offer(tools, models),
      entries: () => this.#entries(),
    };
  }

  /** Registers exactly these stand-ins. */
  offer(tools: { [name: string]: string }, models: { llm?: true; embed?: true }): void {
    for (const [name, takeAway] of this.#tools) {
      if (Object.hasOwn(tools, name)) continue;
      takeAway();
      this.#tools.delete(name);
    }
    for (const [name, description] of Object.entries(tools)) {
      if (this.#tools.has(name)) continue;
      const call = (args: Json, caller: unknown) => this.#ask("tool", name, args, caller as Json);
      this.#tools.set(name, this.#engine.registerHostTool(name, { description, call }));
    }
    this.#engine.setModels({
      ...(models.llm && {
        llm: async (system: string, user: string) => {
          const answer = await this.#ask("model", "llm", system, user);
          return (typeof answer === "string" ? { assistant: answer } : answer) as { assistant: string };
        },
      }),
      ...(models.embed && {
        embed: async (text: string) => {
          const answer = await this.#ask("model", "embed", text, null);
          return (Array.isArray(answer) ? { vector: answer } : answer) as { vector: number[] };
        },
      }),
    });
  }

  #entries(): Json {
    return this.#engine.entries().map(({ localName, canonicalName, description, inputSchema }) => ({
      name: localName,
      canonical_name: canonicalName,
      description,
      input_schema: inputSchema,
    }));
  }

  #call(entry: string, args: Json, options: Json): Promise<CallEvent> {
    const entries = this.#engine.entries();
    const target = entries.find(({ localName, canonicalName }) => [localName, canonicalName].includes(entry));
    if (target === undefined) {
      const names = entries.map(({ localName }) => localName).join(", ");
      throw new Error(`skill.call: ${this.#skillId} has no entry ${JSON.stringify(entry)}; it has ${names}`);
    }
    const { context, timeoutMs, validate } = readCallOptions("skill.call", options);
    const left = Math.max(this.#deadline - performance.now(), 1);
    return this.#converse(`skill.call(${JSON.stringify(entry)})`, async () => {
      if (validate)
        this.#validation.check(target.canonicalName, target.inputSchema as JsonObject, asObject(args));
      const result = await this.#engine.call(target.canonicalName, args, {
        timeoutMs: Math.min(timeoutMs ?? left, left),
        signal: this.#signal,
        ...(context === undefined ? {} : { context }),
      });
      return {
        content: result.content,
        overflow_mode: result.overflowMode ?? null,
        template_hint: result.templateHint ?? null,
        host_result: result.hostResult === undefined ? null : { ...result.hostResult },
      };
    });
  }

  #help(flow: string, request: Json): Promise<CallEvent> {
    const about = readRequest("skill.help: request", request);
    return this.#converse(`skill.help(${JSON.stringify(flow)})`, async () => {
      const page = await this.#engine.help.render(this.#skillId, flow, about);
      return page?.content ?? null;
    });
  }

  #converse(what: string, run: () => Promise<Json>): Promise<CallEvent> {
    const conversation = new Conversation();
    this.#conversations.push(conversation);
    const ended = run().then(
      result => ({ result }),
      (error: unknown) => this.#describe(error),
    );
    this.#lastCall = { what, ended };
    void ended.then(event => conversation.push(event));
    return this.#next(conversation);
  }

  async #next(conversation: Conversation): Promise<CallEvent> {
    const event = await conversation.next();
    // Between its end and the next call nobody is there to answer.
    if (!("ask" in event)) this.#conversations.pop();
    return event;
  }

  #describe(error: unknown): CallEvent {
    const message = this.#relocate(error instanceof Error ? error.message : String(error));
    const traceback = error instanceof LuaError ? error.traceback : undefined;
    return { error: message, ...(traceback === undefined ? {} : { traceback: this.#relocate(traceback) }) };
  }

  #ask(kind: "tool" | "model", name: string, first: Json, second: Json): Promise<Json> {
    const conversation = this.#conversations.at(-1);
    if (conversation === undefined) {
      throw new Error(
        `${name} is a function of the test, which answers entries that skill.call runs; here, call it yourself`,
      );
    }
    this.#asked += 1;
    const ask = this.#asked;
    return new Promise((resolve, reject) => {
      this.#questions.set(ask, {
        conversation,
        settle: (ok, value) => (ok ? resolve(value) : reject(new Error(String(value)))),
      });
      conversation.push({ ask, kind, name, first, second });
    });
  }

  #answer(ask: number, ok: boolean, value: Json = null): Promise<CallEvent> {
    const question = this.#questions.get(ask);
    if (question === undefined) throw new Error("this question was answered already");
    this.#questions.delete(ask);
    question.settle(ok, value);
    return this.#next(question.conversation);
  }
}

/** An empty table of Lua arrives as an empty list. */
function asObject(args: Json): Json {
  return Array.isArray(args) && args.length === 0 ? {} : args;
}
