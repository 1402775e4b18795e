// The calls made in the studio: those that run first, then the last ones.

import type { CallSummary } from "../wire.js";
import { type Live, useLive } from "./live.js";
import { AbortButton, Status } from "./outcome.js";
import { links } from "./route.js";

const shownCalls = 30;

export function CallsPanel({ live }: { live: Live }) {
  const calls = useLive(live, ({ state }) => state.calls);
  const newest = [...calls].reverse();
  const running = newest.filter(({ status }) => status === "running");
  const ended = newest.filter(({ status }) => status !== "running").slice(0, shownCalls);
  return (
    <section class="panel calls" aria-label="Calls">
      <h3>Calls {running.length > 0 && <span class="badge running">{running.length} running</span>}</h3>
      {calls.length === 0 && <p class="muted">Calls that are made here are listed here.</p>}
      <ul>
        {[...running, ...ended].map(call => (
          <CallItem key={call.id} call={call} />
        ))}
      </ul>
    </section>
  );
}

function CallItem({ call }: { call: CallSummary }) {
  return (
    <li>
      <a href={links.call(call.id)} title={call.errorCode}>
        <small>{call.id}</small> {call.name}
      </a>
      <span class="space" />
      <Status summary={call} />
      {call.status === "running" && <AbortButton call={call} />}
    </li>
  );
}
