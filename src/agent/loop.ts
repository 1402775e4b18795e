// The facade: what a host holds on to.

import { AgentError } from "./errors.js";
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
import { runTurn, type TurnOutcome } from "./turn/coordinator.js";
import { Places } from "./turn/places.js";
import { Scheduler } from "./turn/scheduler.js";
import type { TurnServices } from "./turn/services.js";
import { SessionRegistries } from "./turn/session-registries.js";
import { type SteeringMode, SteeringQueue } from "./turn/steering-queue.js";
import { summarize } from "./turn/summarize.js";
import { Transcript } from "./turn/transcript.js";
import { Turn } from "./turn/turn.js";
import type { TurnInfo } from "./turn/turn-info.js";
import { sendText } from "./turn/user-output.js";

/** What `stop` did, in words for the user. */
export interface StopReport {
  stopped: boolean;
  message: string;
}

/** Listens to events as they happen; kinds are names, prefixes like `agent.tool.*`, or `*`. */
export type EventListener = (event: AgentEvent) => void;

const shownTask = 80;

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
  readonly #services: TurnServices;
  readonly #hooks: HookChain;
  readonly #observers: Observers;
  readonly #emitter: Emitter;
  readonly #scheduler: Scheduler;
  readonly #steering: SteeringQueue;
  readonly #catalog: ToolCatalog;
  readonly #active: ActiveTurns = new Map();
  readonly #registries: SessionRegistries;
  readonly #places = new Places();
  readonly #subTurns: SubTurns;
  readonly #closed = new AbortController();
  #turnCount = 0;
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
    this.#scheduler = new Scheduler(limits.maxParallelTurns);
    this.#steering = new SteeringQueue(limits.steeringQueue);
    this.#steering.mode = settings.steeringMode;
    this.#catalog = new ToolCatalog(settings.tools, message =>
      this.#emitter.emitOutside("", "agent.error", { stage: "tools", message }),
    );
    this.#registries = new SessionRegistries(this.#catalog);
    this.#services = {
      ...settings,
      arguments: new ToolArguments(),
      catalog: this.#catalog,
      events: this.#emitter,
      hooks: this.#hooks,
      steering: this.#steering,
      telemetry: AgentTelemetry.detect(),
      spawn: (parent, request, signal) => this.#subTurns.spawn(parent, request, signal),
      followUp: (turn, sourceTool, content) => this.#followUpOf(turn, sourceTool, content),
    };
    this.#subTurns = new SubTurns(this.#services, this.#active);
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
    this.#requireAgent(checked.agent);
    this.#requireOpen("run");
    this.#places.remember(checked);
    return this.#schedule(checked, options.signal);
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
    this.#runInBackground({ ...this.#places.of(key), sessionKey: key, text });
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
    this.#requireIdle(key);
    if (this.#steering.count(key) === 0 && this.#steering.count("") === 0) return undefined;
    return this.#schedule({ ...this.#places.of(key), sessionKey: key, text: "" }, undefined);
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
    const task = this.#rootOf(key)?.input.text.slice(0, shownTask);
    const stopped = (await this.abort(key)) || this.#scheduler.cancelNext(key);
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
    this.#requireIdle(key);
    this.#steering.clear(key);
    this.#registries.forget(key);
    // In its place among the turns: the last one may still be writing its summary.
    await new Promise<void>((resolve, reject) => {
      const clear = () => this.#settings.sessions.clear(key).then(resolve, reject);
      this.#scheduler.submit(key, clear, () => reject(this.#closed.signal.reason));
    });
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
    await this.#scheduler.drain();
    await this.#subTurns.settled();
    await this.events.flush();
    await Promise.all(this.#hooks.hooks.map(hook => this.#closeHook(hook)));
    this.events.close();
    if (this.#settings.ownsModel) await this.#settings.model.close?.();
  }

  async #closeHook(hook: Hook): Promise<void> {
    try {
      await hook.close?.();
    } catch (error) {
      const problem = `close: ${error instanceof Error ? error.message : String(error)}`;
      this.#emitter.emitOutside("", "agent.hook.degraded", { hook: hook.name, problem });
    }
  }

  #schedule(input: RunInput, signal: AbortSignal | undefined): Promise<TurnOutcome> {
    const agent = this.#requireAgent(input.agent);
    const id = `${agent.id}-turn-${++this.#turnCount}`;
    return new Promise((resolve, reject) => {
      const cancelled = () => {
        signal?.removeEventListener("abort", onAbort);
        if (this.#closed.signal.aborted) reject(this.#closed.signal.reason);
        else
          resolve({
            turnId: id,
            status: "aborted",
            text: "",
            iterations: 0,
            error: "stopped before it began",
          });
      };
      let turn: Turn | undefined;
      const onAbort = () => {
        if (turn === undefined) ticket.cancel();
        else turn.abort("hard_abort", "the signal of the run was aborted");
      };
      const job = async () => {
        turn = this.#newTurn(id, input);
        if (signal?.aborted) onAbort();
        const outcome = await this.#runRoot(turn);
        signal?.removeEventListener("abort", onAbort);
        resolve(outcome);
        await this.#afterTurn(turn, outcome);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const ticket = this.#scheduler.submit(input.sessionKey, job, cancelled);
    });
  }

  #newTurn(id: string, input: RunInput): Turn {
    const { clock, limits } = this.#settings;
    const agent = this.#requireAgent(input.agent);
    const { profile } = input;
    return new Turn(
      {
        id,
        agent,
        input,
        rootSessionKey: input.sessionKey,
        registry: this.#registries.of(input.sessionKey, agent, profile?.tools, limits.maxDepth === 0),
        systemPrompt: profile?.systemPrompt ?? agent.systemPrompt,
        model: agent.model,
        settings: agent.settings,
      },
      clock,
      limits,
    );
  }

  async #runRoot(turn: Turn): Promise<TurnOutcome> {
    this.#active.set(turn.id, turn);
    const { ending: _ending, ...outcome } = await runTurn(
      turn,
      this.#services,
      () => this.#open(turn),
      (over, leftovers) => {
        for (const result of leftovers) this.#subTurns.orphan(over, "parent_finished", result);
      },
    );
    this.#active.delete(turn.id);
    return outcome;
  }

  async #open(turn: Turn): Promise<Transcript> {
    await this.#catalog.refresh();
    if (turn.input.profile?.history === "none") return Transcript.ephemeral(Number.POSITIVE_INFINITY);
    const log = await this.#settings.sessions.begin(turn.sessionKey, {
      turnId: turn.id,
      agentId: turn.agent.id,
      startedAt: turn.startedAt,
    });
    return Transcript.of(log);
  }

  /** Before the session's next turn: what promoted tools it has, the summary of old turns, what was said too late. */
  async #afterTurn(turn: Turn, outcome: TurnOutcome): Promise<void> {
    const { sessionKey } = turn;
    this.#registries.keep(sessionKey, turn);
    if (outcome.status === "aborted" || this.#closed.signal.aborted) return;
    await summarize(turn, this.#services, this.#closed.signal);
    const isSpokenTo = this.#steering.count(sessionKey) > 0 && !this.#scheduler.isWaiting(sessionKey);
    if (isSpokenTo && !this.#closed.signal.aborted) {
      this.#runInBackground({ ...this.#places.of(sessionKey), sessionKey, text: "" });
    }
  }

  /** A turn that nobody waits for: its reply goes to the user by the output. */
  #runInBackground(input: RunInput): void {
    const turn = this.#schedule(input, undefined);
    turn.then(
      outcome => {
        if (outcome.text !== "") void this.#sendReply(input, outcome);
      },
      // Only a closed loop rejects; then there is nobody to tell.
      () => {},
    );
  }

  async #sendReply(input: RunInput, { turnId, text }: TurnOutcome): Promise<void> {
    await sendText(this.#newTurn(turnId, input), this.#services, "reply", text);
  }

  #followUpOf(turn: Turn, sourceTool: string, content: string): void {
    if (this.#closed.signal.aborted) return;
    this.#emitter.emit(turn, "agent.follow_up.queued", { sourceTool, contentLen: content.length });
    this.#runInBackground({
      ...this.#places.of(turn.rootSessionKey),
      sessionKey: turn.rootSessionKey,
      text: `[System: async:${sourceTool}] ${content}`,
    });
  }

  #rootOf(sessionKey: string): Turn | undefined {
    return [...this.#active.values()].find(turn => turn.depth === 0 && turn.sessionKey === sessionKey);
  }

  #find(key: string): Turn | undefined {
    return this.#active.get(key) ?? this.#rootOf(key.trim());
  }

  #tell(sessionKey: string, payload: Parameters<Emitter["emit"]>[2] & { kind: "steering" }): void {
    const turn = this.#find(sessionKey);
    if (turn === undefined) this.#emitter.emitOutside(sessionKey.trim(), "agent.interrupt.received", payload);
    else this.#emitter.emit(turn, "agent.interrupt.received", payload);
  }

  #requireIdle(key: string): void {
    const holder =
      this.#rootOf(key)?.id ?? (this.#scheduler.isWaiting(key) ? "a turn that waits" : undefined);
    if (holder === undefined) return;
    throw new AgentError("SESSION_BUSY", `session ${JSON.stringify(key)} is held by ${holder}`);
  }

  #requireAgent(id: string | undefined) {
    const { agents } = this.#settings;
    if (id === undefined) return agents.main;
    const agent = agents.get(id);
    if (agent === undefined) throw new TypeError(`AgentLoop.run: there is no agent ${JSON.stringify(id)}`);
    return agent;
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
