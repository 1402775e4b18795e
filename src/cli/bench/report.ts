// A profile for eyes: a table, and the latencies as bars.

import { formatTable } from "../table.js";
import type { Terminal } from "../terminal.js";
import type { Bucket } from "./latencies.js";
import type { ModeProfile, Profile } from "./measure.js";

const longestBar = 40;

export function describeProfile(name: string, profile: Profile, { columns, style }: Terminal): string {
  const { bold, cyan, dim, yellow } = style.out;
  const { awaited, sync, concurrency, durationMs, warmupMs } = profile;
  const modes: [string, ModeProfile][] = [];
  if (awaited !== undefined)
    modes.push([concurrency === 1 ? "awaited" : `awaited, ${concurrency} at once`, awaited]);
  if (sync !== undefined && !("error" in sync)) modes.push(["sync", sync]);
  const rows = modes.map(([mode, { calls, callsPerSecond, latencyUs }]) => [
    mode,
    calls.toLocaleString("en-US"),
    callsPerSecond.toLocaleString("en-US"),
    ...[latencyUs.p50, latencyUs.p90, latencyUs.p99, latencyUs.max].map(formatMicroseconds),
  ]);
  const header = ["MODE", "CALLS", "CALLS/S", "P50", "P90", "P99", "MAX"];
  const failed =
    sync !== undefined && "error" in sync ? [`${yellow("not possible in sync mode:")} ${sync.error}\n`] : [];
  const charts = modes.map(
    ([mode, { histogram }]) => `${bold(`Latency, ${mode}`)}\n${chart(histogram, cyan)}`,
  );
  const about = dim(`${durationMs} ms each, after ${warmupMs} ms unmeasured`);
  return [`${bold(name)}: ${about}\n`, formatTable(header, rows, columns, bold), ...failed, ...charts].join(
    "\n",
  );
}

function chart(histogram: readonly Bucket[], paint: (text: string) => string): string {
  const all = histogram.reduce((sum, { calls }) => sum + calls, 0);
  const most = Math.max(...histogram.map(({ calls }) => calls));
  const labels = histogram.map(({ from }) => formatMicroseconds(from));
  const width = Math.max(...labels.map(label => label.length));
  return histogram
    .map(({ calls }, row) => {
      const bar = "█".repeat(Math.ceil((calls / most) * longestBar));
      const share = calls === 0 ? "" : ` ${((calls / all) * 100).toFixed(2)} %`;
      return `  ${labels[row]?.padStart(width)} ${paint(bar)}${share}`.trimEnd();
    })
    .map(line => `${line}\n`)
    .join("");
}

/** Three digits that count. */
export function formatMicroseconds(value: number): string {
  if (value >= 1e6) return `${digits(value / 1e6)} s`;
  if (value >= 1e3) return `${digits(value / 1e3)} ms`;
  return `${digits(value)} µs`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
