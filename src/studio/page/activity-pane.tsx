// The pane of what goes on: charts, calls, log.

import { CallsPanel } from "./calls-panel.js";
import { LatencyChart } from "./charts/latency-chart.js";
import { PoolChart } from "./charts/pool-chart.js";
import { type Live, useLive } from "./live.js";
import { LogPanel } from "./log-panel.js";

export function ActivityPane({ live }: { live: Live }) {
  return (
    <aside class="pane activity-pane" aria-label="Activity">
      <Charts live={live} />
      <CallsPanel live={live} />
      <LogPanel live={live} />
    </aside>
  );
}

function Charts({ live }: { live: Live }) {
  const samples = useLive(live, ({ state }) => state.samples);
  const calls = useLive(live, ({ state }) => state.calls);
  return (
    <>
      <PoolChart samples={samples} />
      <LatencyChart calls={calls} />
    </>
  );
}
