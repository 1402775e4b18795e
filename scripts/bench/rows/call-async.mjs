import assert from "node:assert/strict";
import { LuaVm, VmPool } from "luaskills/vm";
import { openEngine } from "../drivers/engine.mjs";
import { timeAsync, timeSync } from "../sampling.mjs";
import { costs, stated } from "../verdict.mjs";

const body = 'return args.name .. ":" .. args.count .. ":" .. tostring(args.deep)';
const argument = i => ({ name: "alpha", count: i, deep: true });

function newVm() {
  const vm = new LuaVm();
  vm.evalSync(`function entry(args) ${body} end`);
  return vm;
}

async function measure(sync, async) {
  const before = timeSync(i => sync(argument(i)));
  const awaited = await timeAsync(i => async(argument(i)));
  assert.match(before.last, /^alpha:\d+:true$/);
  assert.match(awaited.last, /^alpha:\d+:true$/);
  return { sync: before.nanoseconds, async: awaited.nanoseconds };
}

export default {
  title: "await call() of a short function, one at a time",
  trials: {
    async handle() {
      const vm = newVm();
      const entry = vm.getFunction("entry");
      const figures = await measure(
        value => entry.callSync(value),
        value => entry.call(value),
      );
      const lane = await timeAsync(i => entry.with({ start: "lane" }).call(argument(i)), { batch: 1_000 });
      return { ...figures, lane: lane.nanoseconds };
    },
    async pool() {
      const handles = new WeakMap();
      const pool = new VmPool(() => {
        const vm = newVm();
        handles.set(vm, vm.getFunction("entry"));
        return vm;
      });
      const figures = await measure(
        value => pool.useSync(vm => handles.get(vm).callSync(value)),
        value => pool.use(vm => handles.get(vm).call(value)),
      );
      await pool.close();
      return figures;
    },
    async engine() {
      const { engine, name, close } = await openEngine(`return function(args) ${body} end`);
      const figures = await measure(
        value => engine.callSync(name, value).content,
        async value => (await engine.call(name, value)).content,
      );
      await close();
      return figures;
    },
  },
  report: ({ handle, pool, engine }) => [
    costs("await handle.call()", "µs", handle.async / 1e3, "own callSync", handle.sync / 1e3, 2),
    costs("await pool.use(call)", "µs", pool.async / 1e3, "own useSync(callSync)", pool.sync / 1e3, 2),
    costs("await engine.call()", "µs", engine.async / 1e3, "own callSync", engine.sync / 1e3, 2),
    stated("await handle.call() forced onto a lane", "µs", handle.lane / 1e3),
  ],
};
