import { LuaVm } from "luaskills/vm";
import { openFloor } from "../drivers/floor.mjs";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { timeAsync, timeSync } from "../sampling.mjs";
import { costs, faster, stated } from "../verdict.mjs";

export default {
  title: "A fresh VM, created and closed",
  trials: {
    async luaskills() {
      const start = performance.now();
      new LuaVm().close();
      const first = performance.now() - start;
      const both = timeSync(() => new LuaVm().close(), { batch: 200, warmUp: 200 });
      return { first, nanoseconds: both.nanoseconds };
    },
    async bare() {
      const floor = openFloor();
      return timeSync(() => floor.createAndClose(), { batch: 200, warmUp: 200 });
    },
    async wasmoon() {
      const create = async () => (await openWasmoon()).global.close();
      return timeAsync(create, { batch: 20, samples: 9, warmUp: 20 });
    },
  },
  report: ({ luaskills, bare, wasmoon }) => [
    costs(
      "new LuaVm() and close",
      "µs",
      luaskills.nanoseconds / 1e3,
      "bare luaL_openlibs",
      bare.nanoseconds / 1e3,
      3,
    ),
    faster("new LuaVm() and close", "µs", luaskills.nanoseconds / 1e3, "wasmoon", wasmoon.nanoseconds / 1e3),
    stated("the first one in a process", "ms", luaskills.first),
  ],
};
