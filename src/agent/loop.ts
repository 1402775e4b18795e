// The facade: what a host holds on to.

import { AgentError, messageOf } from "./errors.js";
import { EventBus } from "./events/bus.js";
import { Emitter } from "./events/emitter.js";
import type { AgentEvent } from "./events/event.js";
import { HookChain } from "./hooks/chain.js";
import type { Hook } from "./hooks/hook.js";
import { Observers } from "./hooks/observers.js";
import { checkInput, type RunInput } from "./input.js";
import type { UserMessage } from "./messages.js";
import { type AgentOptions, type AgentSettings, resolveOptions } from "./options.js";
import type { Orphan, SubTurnHandle, SubTurnRequest } from "./subturns/sub-turn.js";
import { type ActiveTurns, SubTurns } from "./subturns/sub-turns.js";
import { AgentTelemetry } from "./telemetry.js";
import { ToolArguments } from "./tools/arguments.js";
import { ToolCatalog } from "./tools/catalog.js";
import type { TurnOutcome } from "./turn/coordinator.js";
import { RootTurns } from "./turn/root-turns.js";
import type { TurnServices } from "./turn/services.js";
import { type SteeringMode, SteeringQueue } from "./turn/steering-queue.js";
import type { Turn } from "./turn/turn.js";
import type { TurnInfo } from "./turn/turn-info.js";

/** What `stop` did, in words for the user. */
export interface StopReport {
  stopped: boolean;
  message: string;
}

/** Listens to events as they happen; kinds are names, prefixes like `agent.tool.*`, or `*`. */
export type EventListener = (event: AgentEvent) => void;

const shownTask = 80;
/** What subscribers get to handle the last events when the loop closes. */
const listenersMs = 2_000;

/**
 * Runs turns: a message of a user, model calls and tool calls, a reply. Turns of one session run one after the other, those
 * of different sessions beside each other.
 *
 * @example
 * const loop = new AgentLoop({ tools: [skillTools(engine)], model: { baseUrl, model: "name" } });
 * const { text } = await loop.run({ sessionKey: "me", text: "What is in my notes?" });
 * await loop.close();
 */
export class AgentLoop implements AsyncDisposable {
  readonly #settings: AgentSettings;
  readonly #hooks: HookChain;
  readonly #observers: Observers;
  readonly #emitter: Emitter;
  readonly #steering: SteeringQueue;
  readonly #active: ActiveTurns = new Map();
  readonly #subTurns: SubTurns;
  readonly #roots: RootTurns;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  /** The bus of the loop, for subscribers with queues of their own and for counters. */
  readonly events: EventBus;

  /** @throws TypeError | RangeError for invalid options */
  constructor(options: AgentOptions) {
    const settings = resolveOptions(options);
    const { agents, clock, limits } = settings;
    this.#settings = settings;
    this.events = new EventBus(clock, {
      dropped: (subscriber, dropped) =>
        this.#emitter.emitOutside("", "agent.events.dropped", { subscriber, dropped }),
    });
    this.#emitter = new Emitter(this.events, clock, agents.main.id);
    const degraded = (hook: string, stage: string | undefined, problem: string) =>
      this.#emitter.emitOutside("", "agent.hook.degraded", {
        hook,
        problem,
        ...(stage === undefined ? {} : { stage }),
      });
    this.#hooks = new HookChain(clock, degraded);
    this.#observers = new Observers(this.events);
    this.#steering = new SteeringQueue(limits.steeringQueue);
    this.#steering.mode = settings.steeringMode;
    const services: TurnServices = {
      ...settings,
      arguments: new ToolArguments(),
      catalog: new ToolCatalog(settings.tools, message =>
        this.#emitter.emitOutside("", "agent.error", { stage: "tools", message }),
      ),
      events: this.#emitter,
      hooks: this.#hooks,
      steering: this.#steering,
      telemetry: AgentTelemetry.detect(),
      spawn: (parent, request, signal) => this.#subTurns.spawn(parent, request, signal),
      followUp: (turn, sourceTool, content) => this.#followUpOf(turn, sourceTool, content),
    };
    this.#subTurns = new SubTurns(services, this.#active);
    this.#roots = new RootTurns(settings, services, {
      active: this.#active,
      subTurns: this.#subTurns,
      closed: this.#closed.signal,
    });
    for (const hook of settings.hooks) this.addHook(hook);
  }

  /**
   * Runs a turn, after those of the same session that came before. What goes wrong in it is in the outcome.
   *
   * @param options.signal a hard abort of this turn, or takes it back while it waits
   * @throws TypeError for a wrong input; AgentError `AGENT_CLOSED`
   */
  async run(input: RunInput, options: { signal?: AbortSignal } = {}): Promise<TurnOutcome> {
    const checked = checkInput(input);
    const { agent } = checked;
    if (agent !== undefined && this.#settings.agents.get(agent) === undefined) {
      throw new TypeError(`AgentLoop.run: there is no agent ${JSON.stringify(agent)}`);
    }
    this.#requireOpen("run");
    return this.#roots.run(checked, options.signal);
  }

  /**
   * Says something to a session while it works: the running turn hears it after its current tool, skips the tools that are
   * left, and goes on with it. Without a running turn, the next one begins with it. `""` is the next turn of any session.
   *
   * @throws AgentError `STEERING_FULL`, `AGENT_CLOSED`
   */
  steer(sessionKey: string, text: string, media?: string[]): void {
    requireTexts("steer", { sessionKey, text });
    this.#requireOpen("steer");
    const message: UserMessage = { role: "user", content: text, ...(media === undefined ? {} : { media }) };
    const queueDepth = this.#steering.push(sessionKey, message);
    this.#tell(sessionKey, { kind: "steering", role: "user", contentLen: text.length, queueDepth });
  }

  /** `one-at-a-time` or `all`; can change at any time. */
  get steeringMode(): SteeringMode {
    return this.#steering.mode;
  }

  set steeringMode(mode: string) {
    this.#steering.mode = mode;
  }

  /**
   * Says something to a session once its turn is over, in a turn of its own. Its reply goes to `output.text`.
   *
   * @throws AgentError `AGENT_CLOSED`
   */
  followUp(sessionKey: string, text: string): void {
    requireTexts("followUp", { sessionKey, text });
    this.#requireOpen("followUp");
    const key = sessionKey.trim();
    this.#emitter.emitOutside(key, "agent.follow_up.queued", { contentLen: text.length });
    this.#roots.inBackground(key, text);
  }

  /**
   * Answers steering messages that wait for a session in which nothing runs.
   *
   * @returns undefined when none wait
   * @throws AgentError `SESSION_BUSY`, `AGENT_CLOSED`
   */
  async continue(sessionKey: string): Promise<TurnOutcome | undefined> {
    requireTexts("continue", { sessionKey });
    this.#requireOpen("continue");
    const key = sessionKey.trim();
    this.#roots.requireIdle(key);
    if (this.#steering.count(key) === 0 && this.#steering.count("") === 0) return undefined;
    return this.#roots.resume(key);
  }

  /**
   * Asks the running turn for an end: no further tools, one last model call for a summary.
   *
   * @param key of a session, or the id of a turn
   * @returns false when there is no such turn, or it is ending anyway
   */
  interrupt(key: string, hint = ""): boolean {
    requireTexts("interrupt", { sessionKey: key, hint });
    const turn = this.#find(key);
    if (turn === undefined || !turn.interrupt(hint)) return false;
    this.#emitter.emit(turn, "agent.interrupt.received", { kind: "graceful", hintLen: hint.length });
    return true;
  }

  /**
   * Ends the running turn, every sub-turn below it, and what the session has in the background. The session is as it was
   * before the turn.
   *
   * @param key of a session, or the id of a turn
   * @returns as soon as all of them are over; false when there was none, or it had come too far to be undone
   */
  async abort(key: string): Promise<boolean> {
    requireTexts("abort", { sessionKey: key });
    const turn = this.#find(key);
    const others = [...this.#active.values()].filter(other => other.rootSessionKey === key.trim());
    let aborted = false;
    for (const target of new Set(turn === undefined ? others : [turn, ...others])) {
      if (!target.abort("hard_abort", "the turn was aborted")) continue;
      aborted = true;
      this.#emitter.emit(target, "agent.interrupt.received", { kind: "hard_abort" });
    }
    await Promise.all([turn, ...others].map(target => target?.over));
    return aborted;
  }

  /** `abort` as users ask for it: what waits to be said to the session goes too. Of a turn that waits, only the next one. */
  async stop(sessionKey: string): Promise<StopReport> {
    requireTexts("stop", { sessionKey });
    const key = sessionKey.trim();
    this.#steering.clear(key);
    const task = this.#roots.ofSession(key)?.input.text.slice(0, shownTask);
    const stopped = (await this.abort(key)) || this.#roots.cancelNext(key);
    // What the turn had taken and not heard came back with its end.
    this.#steering.clear(key);
    if (!stopped) return { stopped, message: "No active task to stop." };
    const message = task
      ? `Task stopped. "${task}" was canceled.`
      : "Task stopped. Current task was canceled.";
    return { stopped, message };
  }

  /**
   * Starts a sub-turn of a running turn.
   *
   * @param parent id of the turn, or key of the session in which it runs
   * @throws AgentError `TURN_NOT_FOUND`, `SUBTURN_DEPTH`, `SUBTURN_CONFIG`, `AGENT_CLOSED`
   */
  spawn(parent: string, request: SubTurnRequest): SubTurnHandle {
    requireTexts("spawn", { parent });
    this.#requireOpen("spawn");
    const turn = this.#find(parent);
    if (turn === undefined) {
      throw new AgentError("TURN_NOT_FOUND", `no turn runs with the id or session ${JSON.stringify(parent)}`);
    }
    return this.#subTurns.spawn(turn, request);
  }

  /** The turns that run, sub-turns among them. */
  turns(): TurnInfo[] {
    return [...this.#active.values()].map(turn => turn.info());
  }

  /** Results of sub-turns whose parents were over; of one session, or all. Oldest first. */
  orphans(sessionKey?: string): Orphan[] {
    return this.#subTurns.orphans.list(sessionKey);
  }

  /** Fetches one of them, by the id of its sub-turn: it is not kept any longer. */
  takeOrphan(id: string): Orphan | undefined {
    return this.#subTurns.orphans.take(id);
  }

  /**
   * Hears events the moment they happen. What a listener throws is ignored.
   *
   * @param kind a name (`agent.tool.exec_end`), a prefix (`agent.tool.*`), or `*`
   * @returns removes the listener
   * @throws TypeError for a kind that does not exist
   */
  on(kind: string, listener: EventListener): () => void {
    return this.events.on(kind, listener);
  }

  /**
   * Adds a hook; one of the same name goes, and is closed.
   *
   * @returns removes it, and closes it
   * @throws TypeError for a hook of the wrong shape
   */
  addHook(hook: Hook): () => Promise<void> {
    this.#requireOpen("addHook");
    const before = this.#hooks.add(hook);
    this.#observers.add(hook);
    if (before !== undefined) void this.#closeHook(before);
    return async () => {
      if (!this.#hooks.hooks.includes(hook)) return;
      this.#hooks.remove(hook.name);
      this.#observers.remove(hook.name);
      await this.#closeHook(hook);
    };
  }

  /** Forgets a session in which nothing runs. @throws AgentError `SESSION_BUSY`, `AGENT_CLOSED` */
  async forget(sessionKey: string): Promise<void> {
    requireTexts("forget", { sessionKey });
    this.#requireOpen("forget");
    const key = sessionKey.trim();
    this.#roots.requireIdle(key);
    this.#steering.clear(key);
    await this.#roots.forget(key);
  }

  /** Aborts what runs, takes back what waits, closes hooks. Calling it again gives the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shutDown(): Promise<void> {
    this.#closed.abort(new AgentError("AGENT_CLOSED", "the loop was closed"));
    for (const turn of this.#active.values()) turn.abort("closed", "the loop was closed");
    await this.#roots.drain();
    await this.#subTurns.settled();
    await this.#letListenersFinish();
    await Promise.all(this.#hooks.hooks.map(hook => this.#closeHook(hook)));
    this.events.close();
    if (this.#settings.ownsModel) await this.#settings.model.close?.();
  }

  /** They hear the end, but one that hangs keeps nobody from closing. */
  async #letListenersFinish(): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>(resolve => {
      cancel = this.#settings.clock.after(listenersMs, resolve);
    });
    await Promise.race([this.events.flush(), late]);
    cancel();
  }

  async #closeHook(hook: Hook): Promise<void> {
    try {
      await hook.close?.();
    } catch (error) {
      const problem = `close: ${messageOf(error)}`;
      this.#emitter.emitOutside("", "agent.hook.degraded", { hook: hook.name, problem });
    }
  }

  #followUpOf(turn: Turn, sourceTool: string, content: string): void {
    if (this.#closed.signal.aborted) return;
    this.#emitter.emit(turn, "agent.follow_up.queued", { sourceTool, contentLen: content.length });
    this.#roots.inBackground(turn.rootSessionKey, `[System: async:${sourceTool}] ${content}`);
  }

  #find(key: string): Turn | undefined {
    return this.#active.get(key) ?? this.#roots.ofSession(key.trim());
  }

  #tell(sessionKey: string, payload: Parameters<Emitter["emit"]>[2] & { kind: "steering" }): void {
    const turn = this.#find(sessionKey);
    if (turn === undefined) this.#emitter.emitOutside(sessionKey.trim(), "agent.interrupt.received", payload);
    else this.#emitter.emit(turn, "agent.interrupt.received", payload);
  }

  #requireOpen(method: string): void {
    if (this.#closed.signal.aborted)
      throw new AgentError("AGENT_CLOSED", `AgentLoop.${method}: the loop was closed`);
  }
}

function requireTexts(method: string, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "string") {
      throw new TypeError(
        `AgentLoop.${method}: ${name} must be a string, got ${value === null ? "null" : typeof value}`,
      );
    }
  }
}
