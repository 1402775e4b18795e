// The VMs of the pool over the last minutes: those that run calls on those that are idle, and the calls that wait.

import type { Sample } from "../../wire.js";
import { formatBytes } from "../quantities.js";
import { area, line, niceMaximum, scale } from "./scale.js";

const size = { width: 360, height: 96, left: 26, bottom: 14, top: 4 };
const longestSpanMs = 180_000;
const shortestSpanMs = 30_000;

export function PoolChart({ samples }: { samples: readonly Sample[] }) {
  const last = samples.at(-1);
  const now = last?.at ?? 0;
  const age = now - (samples[0]?.at ?? 0);
  const spanMs = Math.min(longestSpanMs, Math.max(shortestSpanMs, age));
  const most = niceMaximum(
    Math.max(1, ...samples.map(({ idle, leased, waiting }) => Math.max(idle + leased, waiting))),
  );
  const x = scale([now - spanMs, now], [size.left, size.width]);
  const y = scale([0, most], [size.height - size.bottom, size.top]);
  const points = samples.filter(({ at }) => at >= now - spanMs);
  const leased = points.map(sample => ({ x: x(sample.at), y: y(sample.leased) }));
  const total = points.map(sample => ({ x: x(sample.at), y: y(sample.leased + sample.idle) }));
  const waiting = points.map(sample => ({ x: x(sample.at), y: y(sample.waiting) }));
  return (
    <section class="panel chart" aria-label="Pool of VMs">
      <div class="label-row">
        <h3>Pool of VMs</h3>
        <span class="space" />
        {last !== undefined && <small>{formatBytes(last.memory)} memory</small>}
      </div>
      {last !== undefined && (
        <p class="legend">
          <span class="key leased">{last.leased} busy</span>
          <span class="key idle">{last.idle} idle</span>
          <span class="key waiting">{last.waiting} waiting</span>
        </p>
      )}
      <svg viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={describe(last)}>
        {[0, most / 2, most].filter(Number.isInteger).map(value => (
          <g key={value}>
            <line class="grid" x1={size.left} x2={size.width} y1={y(value)} y2={y(value)} />
            <text x={size.left - 5} y={y(value) + 3} text-anchor="end">
              {value}
            </text>
          </g>
        ))}
        <path class="idle" d={area(total, leased)} />
        <path
          class="leased"
          d={area(
            leased,
            leased.map(({ x }) => ({ x, y: y(0) })),
          )}
        />
        {points.some(sample => sample.waiting > 0) && <path class="waiting" d={line(waiting)} />}
        <text x={size.left} y={size.height - 2}>
          {Math.round(spanMs / 1_000)} s ago
        </text>
        <text x={size.width} y={size.height - 2} text-anchor="end">
          now
        </text>
      </svg>
    </section>
  );
}

function describe(sample: Sample | undefined): string {
  if (sample === undefined) return "No samples yet";
  const { leased, idle, waiting } = sample;
  return `VMs over the last minutes. Now ${leased} busy, ${idle} idle, ${waiting} calls waiting.`;
}
