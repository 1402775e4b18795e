import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { LuaVm, VmPool } from "luaskills/vm";
import { settledRss } from "../sampling.mjs";
import { exactly, stated } from "../verdict.mjs";

const calls = 2_000;

/** Threads of this process; undefined where the system has no /proc. */
function threads() {
  if (process.platform !== "linux") return undefined;
  return Number(/^Threads:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
}

function newPool(maxSize, wait) {
  return new VmPool(
    () => {
      const vm = new LuaVm();
      vm.register("wait", wait);
      return vm;
    },
    { maxSize },
  );
}

export default {
  title: "Calls that wait for JS promises",
  trials: {
    async together() {
      let open;
      const gate = new Promise(resolve => {
        open = resolve;
      });
      const pool = newPool(calls, async n => {
        await gate;
        return n;
      });
      await pool.use(vm => vm.eval("return 1", undefined, { start: "lane" }));
      const threadsBefore = threads();
      const before = settledRss();
      const start = performance.now();
      const pending = Array.from({ length: calls }, (_, i) =>
        pool.use(vm => vm.eval("return wait(args)", i)),
      );
      const started = performance.now() - start;
      await new Promise(resolve => setImmediate(resolve));
      const memory = (settledRss() - before) / calls;
      const waitingThreads = (threads() ?? 0) - (threadsBefore ?? 0);
      const resume = performance.now();
      open();
      const answers = await Promise.all(pending);
      const resumed = performance.now() - resume;
      answers.forEach((answer, i) => {
        assert.equal(answer, i);
      });
      return { started, resumed, memory, waitingThreads };
    },
    async through() {
      const pool = newPool(256, n => new Promise(resolve => setImmediate(resolve, n)));
      const start = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 10_000 }, (_, i) => pool.use(vm => vm.eval("return wait(args)", i))),
      );
      assert.equal(answers[9_999], 9_999);
      return { milliseconds: performance.now() - start, created: pool.stats().created };
    },
  },
  report: ({ together, through }) => [
    stated(`${calls} calls started on ${calls} fresh VMs`, "ms", together.started),
    stated("memory of one waiting call with its VM", "kB", together.memory / 1e3),
    exactly("threads added while they wait", "threads", together.waitingThreads, 0),
    stated(`${calls} calls resumed and settled`, "ms", together.resumed),
    stated("10,000 waiting calls through a pool of 256", "ms", through.milliseconds),
  ],
};
