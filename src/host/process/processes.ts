// All processes of one engine.

import type { HostRun } from "../scope.js";
import { BlockingProcesses } from "./blocking.js";
import type { Launch } from "./child.js";
import { type BlockingRunner, OwnedPipe } from "./owned-pipe.js";
import { Pipe, type PipeMode } from "./pipe.js";
import { type RunOutcome, type RunPlan, runToEnd } from "./run-to-end.js";
import { Session, type SessionPlan } from "./session.js";
import { Spawner } from "./spawner.js";

/**
 * The call that processes belong to: they end when it ends, those that can be talked to later at the end of the lease if
 * there is one. Undefined: they end with the engine.
 */
export type Owner = Pick<HostRun, "defer" | "keep" | "untilDeadline"> | undefined;

export class Processes {
  readonly #spawner = new Spawner();
  readonly #blocking = new BlockingProcesses(this.#spawner.trees);

  /** Process trees that are alive. */
  get size(): number {
    return this.#spawner.trees.size;
  }

  /** Runs a process to its end. Never rejects: what goes wrong is in the outcome. */
  async run(plan: RunPlan, owner: Owner): Promise<RunOutcome> {
    let release = () => {};
    try {
      return await runToEnd(plan, this.#spawner, kill => {
        release = owner?.defer(kill) ?? release;
      });
    } finally {
      release();
    }
  }

  /** As `run`, on the calling stack. At the deadline of the call its process ends. */
  runSync(plan: RunPlan, owner: Owner): RunOutcome {
    return blockingFor(owner)(limitMs => {
      if (limitMs === undefined) return this.#blocking.run(plan);
      return this.#blocking.run({ ...plan, timeoutMs: Math.min(plan.timeoutMs ?? limitMs, limitMs) });
    });
  }

  /** @throws SpawnError */
  async openSession(plan: SessionPlan, owner: Owner): Promise<Session> {
    const session = await Session.open(plan, this.#spawner);
    session.onClose = owner?.keep(() => session.dispose());
    return session;
  }

  /** @throws SpawnError */
  async openPipe(launch: Launch, mode: PipeMode, owner: Owner): Promise<OwnedPipe> {
    const pipe = await Pipe.open(launch, mode, this.#spawner);
    return own(pipe, owner);
  }

  /** As `openPipe`, on the calling stack, for reading and writing on the calling stack. @throws SpawnError */
  openPipeSync(launch: Launch, mode: PipeMode, owner: Owner): OwnedPipe {
    return own(this.#blocking.open(launch, mode), owner);
  }

  /** Ends whatever still runs. */
  async close(): Promise<void> {
    this.#spawner.close();
    await this.#blocking.close();
  }
}

function own(pipe: ConstructorParameters<typeof OwnedPipe>[0], owner: Owner): OwnedPipe {
  const release = owner?.keep(() => pipe.kill()) ?? (() => {});
  return new OwnedPipe(pipe, blockingFor(owner), release);
}

function blockingFor(owner: Owner): BlockingRunner {
  return operation => (owner === undefined ? operation(undefined) : owner.untilDeadline(operation));
}
