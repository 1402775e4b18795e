// Starts sub-turns and sees to it that every one of them ends, gives its place back, and has its result delivered once.

import { messageOf } from "../errors.js";
import type { RunInput } from "../input.js";
import { runTurn, type TurnEnd } from "../turn/coordinator.js";
import type { TurnServices } from "../turn/services.js";
import { Transcript } from "../turn/transcript.js";
import { Turn } from "../turn/turn.js";
import { Orphans } from "./orphans.js";
import { planSubTurn, type SubTurnPlan } from "./plan.js";
import type { Orphan, SubTurnHandle, SubTurnRequest, SubTurnResult } from "./sub-turn.js";

/** The turns that run, by id. */
export type ActiveTurns = Map<string, Turn>;

export class SubTurns {
  readonly #services: TurnServices;
  readonly #active: ActiveTurns;
  readonly #orphans: Orphans;
  /** Runs and deliveries that have not ended. */
  readonly #work = new Set<Promise<unknown>>();
  #count = 0;

  constructor(services: TurnServices, active: ActiveTurns) {
    this.#services = services;
    this.#active = active;
    this.#orphans = new Orphans(services.limits.orphans);
  }

  get orphans(): Orphans {
    return this.#orphans;
  }

  /**
   * Starts a sub-turn, which waits for a place among those of its parent first.
   *
   * @param signal ends that wait; a sub-turn that runs is not its business
   * @throws AgentError `TURN_NOT_FOUND`, `SUBTURN_DEPTH`, `SUBTURN_CONFIG`
   */
  spawn(parent: Turn, request: SubTurnRequest, signal?: AbortSignal): SubTurnHandle {
    const plan = planSubTurn(parent, request, this.#services);
    const child = this.#childOf(parent, request, plan);
    parent.children.add(child);
    if (parent.signal.aborted) child.abort("hard_abort", "its parent was aborted");
    const result = this.#track(this.#run(parent, child, request, plan, signal));
    if (request.deliver === "mailbox") void this.#track(result.then(value => this.#deliver(parent, value)));
    return {
      id: child.id,
      result,
      cancel: () => {
        child.abort("hard_abort", "it was cancelled");
      },
    };
  }

  /** Keeps a result that its parent will not read. */
  orphan(parent: Turn, reason: Orphan["reason"], result: SubTurnResult): void {
    const { clock, events } = this.#services;
    const orphan: Orphan = {
      parentTurnId: parent.id,
      sessionKey: parent.rootSessionKey,
      reason,
      at: clock.now(),
      result,
    };
    this.#orphans.add(orphan);
    events.emit(parent, "agent.subturn.orphan", { ...orphan, childTurnId: result.id });
  }

  /** Resolves when no sub-turn runs and every result is where it belongs. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #childOf(parent: Turn, request: SubTurnRequest, plan: SubTurnPlan): Turn {
    const { clock, limits } = this.#services;
    const id = `subturn-${++this.#count}`;
    const { media: _media, agent: _agent, ...place } = parent.input;
    const input: RunInput = { ...place, sessionKey: id, text: request.task.trim(), sendToolOutput: false };
    return new Turn(
      {
        id,
        agent: plan.agent,
        input,
        rootSessionKey: parent.rootSessionKey,
        registry: plan.registry,
        systemPrompt: plan.systemPrompt,
        model: plan.model,
        settings: plan.settings,
        role: { parent, critical: request.critical === true },
        budget: plan.budget,
      },
      clock,
      limits,
    );
  }

  /** Never rejects. */
  async #run(
    parent: Turn,
    child: Turn,
    request: SubTurnRequest,
    plan: SubTurnPlan,
    signal: AbortSignal | undefined,
  ): Promise<SubTurnResult> {
    const { limits } = this.#services;
    let release: () => void;
    try {
      release = await acquireSlot(parent, child, limits.slotTimeoutMs, signal);
    } catch (error) {
      child.finish();
      const status = child.signal.aborted ? "aborted" : "error";
      return { id: child.id, status, text: `SubTurn failed: ${messageOf(error)}`, iterations: 0 };
    }
    try {
      return await this.#runInSlot(parent, child, request, plan);
    } finally {
      // Before the result goes anywhere: delivering may wait, and others wait for the place.
      release();
    }
  }

  async #runInSlot(
    parent: Turn,
    child: Turn,
    request: SubTurnRequest,
    plan: SubTurnPlan,
  ): Promise<SubTurnResult> {
    const { clock, events, limits, steering } = this.#services;
    const { timeoutMs } = plan;
    const startedAt = clock.now();
    const identity = { agentId: child.agent.id, childTurnId: child.id, parentTurnId: parent.id };
    events.emit(parent, "agent.subturn.spawn", {
      ...identity,
      label: request.label ?? child.id,
      deliver: request.deliver,
      critical: request.critical === true,
    });
    const cancel = clock.after(timeoutMs, () => {
      child.abort("timeout", `it took longer than ${timeoutMs} ms`);
    });
    this.#active.set(child.id, child);
    const end = await runTurn(
      child,
      this.#services,
      () => Transcript.ephemeral(limits.ephemeralHistory, request.initialMessages),
      (turn, leftovers) => {
        for (const leftover of leftovers) this.orphan(turn, "parent_finished", leftover);
      },
    );
    cancel();
    this.#active.delete(child.id);
    steering.clear(child.sessionKey);
    const result = resultOf(child, end);
    events.emit(parent, "agent.subturn.end", {
      ...identity,
      status: result.status,
      iterations: result.iterations,
      durationMs: clock.now() - startedAt,
      textLen: result.text.length,
    });
    return result;
  }

  async #deliver(parent: Turn, result: SubTurnResult): Promise<void> {
    const delivery = await parent.mailbox.offer(result);
    if (delivery !== "delivered") this.orphan(parent, delivery, result);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
    return work;
  }
}

/** Waits for a place; whoever asked may give up, and so may the child. */
async function acquireSlot(
  parent: Turn,
  child: Turn,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<() => void> {
  const controller = new AbortController();
  const sources = signal === undefined ? [child.signal] : [child.signal, signal];
  const give = () => controller.abort(sources.find(({ aborted }) => aborted)?.reason);
  for (const source of sources) source.addEventListener("abort", give, { once: true });
  if (sources.some(({ aborted }) => aborted)) give();
  try {
    const release = await parent.slots.acquire(timeoutMs, controller.signal);
    if (!controller.signal.aborted) return release;
    release();
    throw controller.signal.reason;
  } finally {
    for (const source of sources) source.removeEventListener("abort", give);
  }
}

function resultOf(child: Turn, end: TurnEnd): SubTurnResult {
  const failed = end.ending === "error" || end.ending === "aborted" || end.ending === "timeout";
  const text = failed ? `SubTurn failed: ${end.error ?? end.ending}` : end.text;
  return { id: child.id, status: end.ending, text, iterations: end.iterations };
}
