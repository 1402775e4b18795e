// Processes for Lua code that cannot wait: they live in a thread of their own, which goes on while this one is blocked.
// Node's spawnSync would do for the simplest case only: it neither ends the process tree nor drops surplus output, and it
// cannot hand out output while the process runs.

import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  SHARE_ENV,
  Worker,
} from "node:worker_threads";
import { type Launch, SpawnError } from "./child.js";
import type { LiveTrees, Tree } from "./live-trees.js";
import type { PipeEnd, PipeMode } from "./pipe.js";
import { killTree } from "./process-tree.js";
import type { RunOutcome, RunPlan } from "./run-to-end.js";

/** What the thread is asked. Each request but `drop` is answered. */
export type BlockingRequest =
  | { op: "run"; plan: RunPlan }
  | { op: "open"; launch: Launch; mode: PipeMode }
  | { op: "read"; id: number }
  | { op: "write"; id: number; bytes: Uint8Array }
  | { op: "close"; id: number }
  | { op: "drop"; id: number };

export type BlockingAnswer =
  | { kind: "value"; value: unknown }
  | { kind: "not started"; message: string }
  | { kind: "failed"; message: string };

export interface BlockingWorkerData {
  port: MessagePort;
  /** Counts answers; the first one says that the thread is there. */
  answers: Int32Array;
}

/** Milliseconds that the thread may take to start. */
const startLimitMs = 30_000;

export class BlockingProcesses {
  readonly #trees: LiveTrees;
  #thread: { worker: Worker; port: MessagePort; answers: Int32Array } | undefined;

  constructor(trees: LiveTrees) {
    this.#trees = trees;
  }

  /** `runToEnd` on the calling stack. */
  run(plan: RunPlan): RunOutcome {
    return this.ask({ op: "run", plan }) as RunOutcome;
  }

  /** @throws SpawnError */
  open(launch: Launch, mode: PipeMode): BlockingPipe {
    const opened = this.ask({ op: "open", launch, mode }) as { id: number; pid: number };
    return new BlockingPipe(opened.id, opened.pid, this, this.#trees);
  }

  /** Ends the thread. Its processes end with their trees. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.worker.terminate();
  }

  /** @internal */
  post(request: BlockingRequest): void {
    this.#thread?.port.postMessage(request);
  }

  /**
   * @internal
   * @param limitMs how long to wait; then `onLimit` has to bring the answer about
   */
  ask(request: BlockingRequest, limitMs?: number, onLimit?: () => void): unknown {
    const { port, answers } = this.#start();
    const before = Atomics.load(answers, 0);
    port.postMessage(request);
    if (Atomics.wait(answers, 0, before, limitMs) === "timed-out") {
      onLimit?.();
      Atomics.wait(answers, 0, before);
    }
    const answer = receiveMessageOnPort(port)?.message as BlockingAnswer;
    if (answer.kind === "value") return answer.value;
    throw answer.kind === "not started" ? new SpawnError(answer.message) : new Error(answer.message);
  }

  #start() {
    if (this.#thread !== undefined) return this.#thread;
    const { port1: port, port2 } = new MessageChannel();
    const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const workerData: BlockingWorkerData = { port: port2, answers };
    const worker = new Worker(new URL("./blocking-worker.js", import.meta.url), {
      workerData,
      transferList: [port2],
      execArgv: [],
      env: SHARE_ENV,
    });
    worker.unref();
    worker.on("error", () => {
      this.#thread = undefined;
    });
    if (Atomics.wait(answers, 0, 0, startLimitMs) === "timed-out") {
      worker.terminate();
      throw new Error("the thread for processes of synchronous calls did not start");
    }
    this.#thread = { worker, port, answers };
    return this.#thread;
  }
}

/** A `Pipe` in the thread. */
export class BlockingPipe implements Tree {
  readonly #id: number;
  readonly #pid: number;
  readonly #processes: BlockingProcesses;
  readonly #trees: LiveTrees;

  constructor(id: number, pid: number, processes: BlockingProcesses, trees: LiveTrees) {
    this.#id = id;
    this.#pid = pid;
    this.#processes = processes;
    this.#trees = trees;
    trees.add(this);
  }

  /** @param limitMs when it has passed, the process is ended */
  read(limitMs: number | undefined): Uint8Array | undefined {
    return this.#ask({ op: "read", id: this.#id }, limitMs) as Uint8Array | undefined;
  }

  write(bytes: Uint8Array, limitMs: number | undefined): boolean {
    return this.#ask({ op: "write", id: this.#id, bytes }, limitMs) as boolean;
  }

  close(limitMs: number | undefined): PipeEnd {
    const end = this.#ask({ op: "close", id: this.#id }, limitMs) as PipeEnd;
    this.#trees.delete(this);
    return end;
  }

  kill(): void {
    killTree(this.#pid);
    this.#trees.delete(this);
    this.#processes.post({ op: "drop", id: this.#id });
  }

  #ask(request: BlockingRequest, limitMs: number | undefined): unknown {
    return this.#processes.ask(request, limitMs, () => killTree(this.#pid));
  }
}
