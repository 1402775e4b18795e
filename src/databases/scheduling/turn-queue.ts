// Lets the tasks of one owner run one after the other, in the order in which they came, and those of different owners side
// by side as far as there are slots.

export interface Task<Slot> {
  /** Whose task it is. */
  readonly owner: string;
  /** Its turn has come. The slot is taken until the promise settles; it must not reject. */
  run(slot: Slot): Promise<void>;
}

interface Lane<Slot> {
  readonly waiting: Task<Slot>[];
  running: boolean;
  /** Where the owner's last task ran: its data is in the cache there. */
  last: Slot | undefined;
}

/** Where tasks run. */
export interface Slots<Slot> {
  /** A free slot, `preferred` if that is free; undefined when all are taken. */
  take(preferred: Slot | undefined): Slot | undefined;
  give(slot: Slot): void;
}

export class TurnQueue<Slot> {
  readonly #slots: Slots<Slot>;
  readonly #lanes = new Map<string, Lane<Slot>>();
  /** Owners whose turn has come and who have no slot yet. */
  readonly #ready = new Set<string>();

  constructor(slots: Slots<Slot>) {
    this.#slots = slots;
  }

  /** @returns takes the task out again; false when it runs already */
  add(task: Task<Slot>): () => boolean {
    const { owner } = task;
    let lane = this.#lanes.get(owner);
    if (lane === undefined) {
      lane = { waiting: [], running: false, last: undefined };
      this.#lanes.set(owner, lane);
    }
    const { waiting } = lane;
    waiting.push(task);
    this.#offer(owner, lane);
    this.#dispatch();
    return () => {
      const index = waiting.indexOf(task);
      if (index === -1) return false;
      waiting.splice(index, 1);
      if (waiting.length === 0) this.#ready.delete(owner);
      return true;
    };
  }

  /** Forgets an owner who has no task. */
  forget(owner: string): void {
    const lane = this.#lanes.get(owner);
    if (lane !== undefined && !lane.running && lane.waiting.length === 0) this.#lanes.delete(owner);
  }

  #offer(owner: string, lane: Lane<Slot>): void {
    if (!lane.running && lane.waiting.length > 0) this.#ready.add(owner);
  }

  #dispatch(): void {
    for (const owner of this.#ready) {
      const lane = this.#lanes.get(owner) as Lane<Slot>;
      const slot = this.#slots.take(lane.last);
      if (slot === undefined) return;
      this.#ready.delete(owner);
      const task = lane.waiting.shift() as Task<Slot>;
      lane.running = true;
      lane.last = slot;
      void task.run(slot).finally(() => {
        lane.running = false;
        this.#slots.give(slot);
        this.#offer(owner, lane);
        this.#dispatch();
      });
    }
  }
}
