// Turns of users: each waits for its session, runs, and leaves its session ready for the next. What was said too late, and
// what tools report later, become turns that nobody waits for.

import { untilAborted } from "../abortable.js";
import { AgentError } from "../errors.js";
import type { RunInput } from "../input.js";
import type { AgentSettings } from "../options.js";
import type { ActiveTurns, SubTurns } from "../subturns/sub-turns.js";
import type { ToolCatalog } from "../tools/catalog.js";
import { runTurn, type TurnOutcome } from "./coordinator.js";
import { Places } from "./places.js";
import { Scheduler } from "./scheduler.js";
import type { TurnServices } from "./services.js";
import { SessionRegistries } from "./session-registries.js";
import { summarize } from "./summarize.js";
import { Transcript } from "./transcript.js";
import { Turn } from "./turn.js";
import { sendText } from "./user-output.js";

export class RootTurns {
  readonly #settings: AgentSettings;
  readonly #services: TurnServices;
  readonly #catalog: ToolCatalog;
  readonly #active: ActiveTurns;
  readonly #subTurns: SubTurns;
  readonly #scheduler: Scheduler;
  readonly #registries: SessionRegistries;
  readonly #places = new Places();
  /** Aborts when the loop closes. */
  readonly #closed: AbortSignal;
  #count = 0;

  constructor(
    settings: AgentSettings,
    services: TurnServices,
    parts: { active: ActiveTurns; subTurns: SubTurns; closed: AbortSignal },
  ) {
    this.#settings = settings;
    this.#services = services;
    this.#catalog = services.catalog;
    this.#active = parts.active;
    this.#subTurns = parts.subTurns;
    this.#closed = parts.closed;
    this.#scheduler = new Scheduler(settings.limits.maxParallelTurns);
    this.#registries = new SessionRegistries(services.catalog);
  }

  /** The turn of a user that runs in the session. */
  ofSession(sessionKey: string): Turn | undefined {
    return [...this.#active.values()].find(turn => turn.depth === 0 && turn.sessionKey === sessionKey);
  }

  /** @throws AgentError `SESSION_BUSY` when a turn runs or waits in the session */
  requireIdle(sessionKey: string): void {
    const isWaiting = this.#scheduler.isWaiting(sessionKey);
    const holder = this.ofSession(sessionKey)?.id ?? (isWaiting ? "a turn that waits" : undefined);
    if (holder === undefined) return;
    throw new AgentError("SESSION_BUSY", `session ${JSON.stringify(sessionKey)} is held by ${holder}`);
  }

  /** Takes back the turn that would begin next in the session. @returns false when none waits */
  cancelNext(sessionKey: string): boolean {
    return this.#scheduler.cancelNext(sessionKey);
  }

  /** Takes back all turns that wait, and resolves when those that run have ended. */
  drain(): Promise<void> {
    return this.#scheduler.drain();
  }

  /** Runs a turn once it is its turn. @param signal of whoever called for it */
  run(input: RunInput, signal: AbortSignal | undefined): Promise<TurnOutcome> {
    const { text: _text, media: _media, sessionKey, ...place } = input;
    this.#places.remember(sessionKey, place);
    return this.#schedule(input, signal);
  }

  /** Runs a turn that only has steering to begin with, where the user of the session was last. */
  resume(sessionKey: string): Promise<TurnOutcome> {
    return this.#schedule({ ...this.#places.of(sessionKey), sessionKey, text: "" }, undefined);
  }

  /** Runs a turn that nobody waits for: its reply goes to the user by the output. */
  inBackground(sessionKey: string, text: string): void {
    const input: RunInput = { ...this.#places.of(sessionKey), sessionKey, text };
    this.#schedule(input, undefined).then(
      outcome => {
        // A turn like it, for the sake of its origin.
        if (outcome.text !== "") {
          return sendText(this.#newTurn(outcome.turnId, input), this.#services, "reply", outcome.text);
        }
        return undefined;
      },
      // Only a closed loop rejects; then there is nobody to tell.
      () => {},
    );
  }

  /** Forgets a session, after what still runs in it. */
  forget(sessionKey: string): Promise<void> {
    this.#registries.forget(sessionKey);
    return new Promise((resolve, reject) => {
      const clear = () => this.#settings.sessions.clear(sessionKey).then(resolve, reject);
      this.#scheduler.submit(sessionKey, clear, () => reject(this.#closed.reason));
    });
  }

  #schedule(input: RunInput, signal: AbortSignal | undefined): Promise<TurnOutcome> {
    const id = `${this.#agentOf(input).id}-turn-${++this.#count}`;
    return new Promise((resolve, reject) => {
      let turn: Turn | undefined;
      const onAbort = () => {
        if (turn === undefined) ticket.cancel();
        else turn.abort("hard_abort", "the signal of the run was aborted");
      };
      const forgetSignal = () => signal?.removeEventListener("abort", onAbort);
      const cancelled = () => {
        forgetSignal();
        if (this.#closed.aborted) reject(this.#closed.reason);
        else
          resolve({
            turnId: id,
            status: "aborted",
            text: "",
            iterations: 0,
            error: "stopped before it began",
          });
      };
      const job = async () => {
        turn = this.#newTurn(id, input);
        if (signal?.aborted) onAbort();
        const outcome = await this.#runTurn(turn);
        forgetSignal();
        resolve(outcome);
        await this.#afterTurn(turn, outcome);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const ticket = this.#scheduler.submit(input.sessionKey, job, cancelled);
    });
  }

  #agentOf({ agent }: RunInput) {
    const { agents } = this.#settings;
    return (agent === undefined ? undefined : agents.get(agent)) ?? agents.main;
  }

  #newTurn(id: string, input: RunInput): Turn {
    const { clock, limits } = this.#settings;
    const { profile } = input;
    const agent = this.#agentOf(input);
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

  async #runTurn(turn: Turn): Promise<TurnOutcome> {
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
    // A server whose tools are listed may hang, which must not keep an abort from being heard.
    await untilAborted(turn.signal, this.#catalog.refresh());
    if (turn.input.profile?.history === "none") return Transcript.ephemeral(Number.POSITIVE_INFINITY);
    const log = await this.#settings.sessions.begin(turn.sessionKey, {
      turnId: turn.id,
      agentId: turn.agent.id,
      startedAt: turn.startedAt,
    });
    return Transcript.of(log);
  }

  /** Before the session's next turn: what promoted tools it has, the summary of old turns, what was said too late. */
  async #afterTurn(turn: Turn, { status }: TurnOutcome): Promise<void> {
    const { sessionKey } = turn;
    this.#registries.keep(sessionKey, turn);
    // Who aborts wants quiet, and what has failed would fail again: what waits to be said is in the next turn.
    if (status !== "completed" || this.#closed.aborted) return;
    await summarize(turn, this.#services, this.#closed);
    if (this.#closed.aborted || this.#scheduler.isWaiting(sessionKey)) return;
    if (this.#services.steering.count(sessionKey) > 0) this.inBackground(sessionKey, "");
  }
}
