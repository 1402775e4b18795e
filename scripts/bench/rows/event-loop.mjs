import assert from "node:assert/strict";
import { LuaVm, VmPool } from "luaskills/vm";
import { watchEventLoop } from "../event-loop-watch.mjs";
import { atMost, stated } from "../verdict.mjs";

/** Some hundred nanoseconds of arithmetic and allocation per step, so that traces and the collector take part. */
const work = `
  local x, kept = args.seed, {}
  for i = 1, args.steps do
    x = (x * 16807) % 2147483647
    if i % 8 == 0 then kept[i % 1024] = { x, i } end
  end
  return x`;

/** Steps that take one VM about `seconds` alone on this machine. */
function calibrate(seconds) {
  const vm = new LuaVm();
  const steps = 5_000_000;
  vm.evalSync(work, { seed: 1, steps });
  const start = performance.now();
  vm.evalSync(work, { seed: 1, steps });
  return Math.round((steps * seconds * 1000) / (performance.now() - start));
}

export default {
  title: "Event loop while 8 CPU-bound calls of 2 s run",
  note: "Lateness of a timer of 1 ms, as seen by the timer itself and by perf_hooks.monitorEventLoopDelay.",
  rounds: 1,
  trials: {
    async pool() {
      const steps = calibrate(2);
      const pool = new VmPool(() => new LuaVm());
      const watch = watchEventLoop();
      const start = performance.now();
      const run = seed => pool.use(vm => vm.eval(work, { seed, steps }));
      const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(run));
      const seconds = (performance.now() - start) / 1000;
      const lateness = watch.stop();
      const alone = new LuaVm();
      assert.equal(answers[7], alone.evalSync(work, { seed: 8, steps }), "exact after all migrations");
      return { seconds, ...lateness };
    },
  },
  report: ({ pool }) => [
    atMost("timer lateness p99", "ms", pool.p99, 5),
    atMost("monitorEventLoopDelay p99", "ms", pool.histogramP99, 5),
    stated("timer lateness p50", "ms", pool.p50),
    stated("timer lateness, longest", "ms", pool.longest),
    stated("all 8 calls", "s", pool.seconds),
  ],
};
