// The state that the server tells the page about, as it changes.

import { useEffect, useState } from "preact/hooks";
import type { CallSummary, EntryChanges, LogLine, Sample, Snapshot, StudioEvents } from "../wire.js";

export interface LiveState extends Snapshot {
  /** Undefined until a reload has changed something. */
  changes: EntryChanges | undefined;
}

/** `lost`: the page keeps trying; `ended`: there is no studio for this session any more. */
export type Connection = "connecting" | "open" | "lost" | "ended";

const keptCalls = 200;
const keptLines = 1_000;
const keptSamples = 180;

export class Live {
  readonly #listeners = new Set<() => void>();
  #state: LiveState | undefined;
  #connection: Connection = "connecting";

  /** Begins to listen, for as long as the page is there. */
  connect(): void {
    const source = new EventSource("/api/events");
    const on = <Name extends keyof StudioEvents>(
      name: Name,
      update: (state: LiveState, payload: StudioEvents[Name]) => Partial<LiveState>,
    ) => {
      source.addEventListener(name, event => {
        const payload = JSON.parse((event as MessageEvent<string>).data) as StudioEvents[Name];
        if (name === "snapshot") {
          this.#connection = "open";
          this.#state = { changes: this.#state?.changes, ...(payload as Snapshot) };
        } else if (this.#state !== undefined) {
          this.#state = { ...this.#state, ...update(this.#state, payload) };
        }
        this.#tell();
      });
    };
    on("snapshot", () => ({}));
    on("catalog", (_, catalog) => ({ catalog }));
    on("changes", (_, changes) => ({ changes }));
    on("call", ({ calls }, call) => ({ calls: withCall(calls, call) }));
    on("log", ({ log }, lines) => ({ log: [...log, ...lines].slice(-keptLines) satisfies LogLine[] }));
    on("sample", ({ samples }, sample) => ({
      samples: [...samples, sample].slice(-keptSamples) satisfies Sample[],
    }));
    source.addEventListener("error", () => {
      this.#connection = source.readyState === EventSource.CLOSED ? "ended" : "lost";
      this.#tell();
    });
  }

  get state(): LiveState | undefined {
    return this.#state;
  }

  get connection(): Connection {
    return this.#connection;
  }

  dismissChanges(): void {
    if (this.#state !== undefined) this.#state = { ...this.#state, changes: undefined };
    this.#tell();
  }

  clearLog(): void {
    if (this.#state !== undefined) this.#state = { ...this.#state, log: [] };
    this.#tell();
  }

  /** @returns ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function withCall(calls: readonly CallSummary[], call: CallSummary): CallSummary[] {
  const known = calls.findIndex(({ id }) => id === call.id);
  if (known === -1) return [...calls, call].slice(-keptCalls);
  return calls.with(known, call);
}

/** A part of what is live; the component is drawn again when that part changes. */
export function useLive<Part>(live: Live, select: (live: Live) => Part): Part {
  const [part, setPart] = useState(() => select(live));
  useEffect(() => {
    const update = () => setPart(() => select(live));
    update();
    return live.subscribe(update);
  }, [live]);
  return part;
}
