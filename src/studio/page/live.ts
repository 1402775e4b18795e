// The state that the server tells the page about, as it changes.

import { useEffect, useState } from "preact/hooks";
import type { CallSummary, Catalog, EntryChanges, Snapshot, StudioEvents } from "../wire.js";

export interface LiveState extends Pick<Snapshot, "calls" | "log" | "samples"> {
  /** Undefined until the studio has answered. */
  version: string | undefined;
  catalog: Catalog | undefined;
  /** Undefined until a reload has changed something. */
  changes: EntryChanges | undefined;
}

/** `lost`: the page keeps trying; `ended`: there is no studio for this session any more. */
export type Connection = "connecting" | "open" | "lost" | "ended";

/** More than the studio keeps: those that run among them. */
const keptCalls = 500;
const keptLines = 1_000;
const keptSamples = 180;

export class Live {
  readonly #listeners = new Set<() => void>();
  #state: LiveState = {
    version: undefined,
    catalog: undefined,
    changes: undefined,
    calls: [],
    log: [],
    samples: [],
  };
  #connection: Connection = "connecting";

  /** Begins to listen, for as long as the page is there. */
  connect(): void {
    const source = new EventSource("/api/events");
    const on = <Name extends keyof StudioEvents>(
      name: Name,
      update: (payload: StudioEvents[Name]) => Partial<LiveState>,
    ) => {
      source.addEventListener(name, event => {
        const payload = JSON.parse((event as MessageEvent<string>).data) as StudioEvents[Name];
        this.#change(update(payload));
      });
    };
    // It comes first, also when a connection that was lost is there again.
    on("snapshot", snapshot => {
      this.#connection = "open";
      return snapshot;
    });
    on("catalog", catalog => ({ catalog }));
    on("changes", changes => ({ changes }));
    on("call", call => ({ calls: withCall(this.#state.calls, call) }));
    on("log", lines => ({ log: [...this.#state.log, ...lines].slice(-keptLines) }));
    on("sample", sample => ({ samples: [...this.#state.samples, sample].slice(-keptSamples) }));
    source.addEventListener("error", () => {
      this.#connection = source.readyState === EventSource.CLOSED ? "ended" : "lost";
      this.#change({});
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  get connection(): Connection {
    return this.#connection;
  }

  dismissChanges(): void {
    this.#change({ changes: undefined });
  }

  clearLog(): void {
    this.#change({ log: [] });
  }

  /** @returns ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #change(parts: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...parts };
    for (const listener of this.#listeners) listener();
  }
}

function withCall(calls: readonly CallSummary[], call: CallSummary): CallSummary[] {
  const known = calls.findIndex(({ id }) => id === call.id);
  if (known === -1) return [...calls, call].slice(-keptCalls);
  return calls.with(known, call);
}

/**
 * A part of what is live; the component is drawn again when that part changes.
 *
 * @param select always the same part
 */
export function useLive<Part>(live: Live, select: (live: Live) => Part): Part {
  const [part, setPart] = useState(() => select(live));
  useEffect(() => {
    const update = () => setPart(() => select(live));
    update();
    return live.subscribe(update);
  }, [live]);
  return part;
}
