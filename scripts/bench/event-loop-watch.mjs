import { monitorEventLoopDelay } from "node:perf_hooks";
import { percentile } from "./statistics.mjs";

/** Starts to watch how late a timer of 1 ms comes. `stop()` returns the lateness in ms: `p50`, `p99`, `longest`, `histogramP99`. */
export function watchEventLoop() {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const late = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - last - 1));
    last = now;
  }, 1);
  histogram.enable();
  return {
    stop() {
      histogram.disable();
      clearInterval(timer);
      return {
        p50: percentile(late, 0.5),
        p99: percentile(late, 0.99),
        longest: percentile(late, 1),
        // The histogram counts the timer's own millisecond as delay.
        histogramP99: Math.max(0, histogram.percentile(99) / 1e6 - 1),
      };
    },
  };
}
