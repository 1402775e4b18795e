import assert from "node:assert/strict";
import { LuaVm } from "luaskills/vm";
import { loadFengari, openFengari } from "../drivers/fengari.mjs";
import { openFloor } from "../drivers/floor.mjs";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { timeSync } from "../sampling.mjs";
import { atMost, costs, faster } from "../verdict.mjs";

const chunk = "return function(n) return n + 1 end";

function measure(call, batch) {
  const { nanoseconds, last } = timeSync(call, { batch });
  assert.equal(last, batch);
  return { nanoseconds };
}

export default {
  title: "Function handle: a number in, a number out",
  note: "The floor is napi_get_value_double, lua_pcall and napi_create_double, with no deadline and no protection.",
  trials: {
    async handle() {
      const vm = new LuaVm();
      vm.evalSync("function increment(n) return n + 1 end");
      const increment = vm.getFunction("increment");
      return measure(i => increment.callSync(i), 1_000_000);
    },
    async floor() {
      const floor = openFloor();
      floor.load(chunk);
      return measure(i => floor.callNumber(i), 1_000_000);
    },
    async wasmoon() {
      const engine = await openWasmoon();
      return measure(await engine.doString(chunk), 50_000);
    },
    async fengari() {
      return measure(loadFengari(openFengari(), chunk), 50_000);
    },
  },
  report: ({ handle, floor, wasmoon, fengari }) => [
    atMost("callSync(number)", "ns", handle.nanoseconds, 60),
    costs("callSync(number)", "ns", handle.nanoseconds, "Node-API floor", floor.nanoseconds),
    faster("callSync(number)", "ns", handle.nanoseconds, "wasmoon", wasmoon.nanoseconds),
    faster("callSync(number)", "ns", handle.nanoseconds, "fengari", fengari.nanoseconds),
  ],
};
