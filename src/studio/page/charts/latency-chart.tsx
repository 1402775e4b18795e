// How long the last calls took: one dot per call, from left to right in the order in which they were made.

import type { CallSummary } from "../../wire.js";
import { formatDuration } from "../quantities.js";
import { decades, percentile, scale } from "./scale.js";

const size = { width: 360, height: 110, left: 44, bottom: 14, top: 6 };
const shownCalls = 60;

export function LatencyChart({ calls }: { calls: readonly CallSummary[] }) {
  const ended = calls.flatMap(call =>
    call.durationMs === undefined ? [] : [{ ...call, durationMs: Math.max(call.durationMs, 0.001) }],
  );
  const shown = ended.slice(-shownCalls);
  const durations = shown.map(({ durationMs }) => durationMs);
  const ticks = decades(durations);
  const x = scale([0, shownCalls - 1], [size.left + 8, size.width - 8]);
  const y = scale(
    [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)],
    [size.height - size.bottom, size.top],
  );
  const [middle, high] = [percentile(durations, 0.5), percentile(durations, 0.95)];
  return (
    <section class="panel chart" aria-label="Latency">
      <h3>Latency</h3>
      {middle !== undefined && high !== undefined ? (
        <p class="legend">
          <span>median {formatDuration(middle)}</span>
          <span>95 % within {formatDuration(high)}</span>
          <span class="space" />
          <span class="muted">last {shown.length}</span>
        </p>
      ) : (
        <p class="muted">No call has ended yet.</p>
      )}
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={
          middle === undefined || high === undefined
            ? "No call has ended yet"
            : `Duration of the last ${shown.length} calls: median ${formatDuration(middle)}, 95 percent within ${formatDuration(high)}.`
        }
      >
        {ticks.map(value => (
          <g key={value}>
            <line
              class="grid"
              x1={size.left}
              x2={size.width}
              y1={y(Math.log10(value))}
              y2={y(Math.log10(value))}
            />
            <text x={size.left - 5} y={y(Math.log10(value)) + 3} text-anchor="end">
              {value < 1 ? `${value * 1_000} µs` : value < 1_000 ? `${value} ms` : `${value / 1_000} s`}
            </text>
          </g>
        ))}
        {shown.map(({ id, name, status, durationMs }, index) => (
          <circle key={id} class={status} cx={x(index)} cy={y(Math.log10(durationMs))} r={3}>
            <title>{`call ${id}, ${name}: ${status} after ${formatDuration(durationMs)}`}</title>
          </circle>
        ))}
        <text x={size.left} y={size.height - 2}>
          older calls
        </text>
        <text x={size.width} y={size.height - 2} text-anchor="end">
          newer calls
        </text>
      </svg>
    </section>
  );
}
