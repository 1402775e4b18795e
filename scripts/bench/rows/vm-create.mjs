import { LuaVm } from "luaskills/vm";
import { openFloor } from "../drivers/floor.mjs";
import { skillVmFactory, touchEverything } from "../drivers/skill-vm.mjs";
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
    async skill() {
      const make = skillVmFactory();
      return timeSync(() => make().vm.close(), { batch: 200, warmUp: 200 });
    },
    async touched() {
      const make = skillVmFactory();
      const use = () => {
        const host = make();
        touchEverything(host);
        host.vm.close();
      };
      return timeSync(use, { batch: 100, warmUp: 100 });
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
  report: ({ luaskills, skill, touched, bare, wasmoon }) => [
    costs(
      "new LuaVm() and close",
      "µs",
      luaskills.nanoseconds / 1e3,
      "bare luaL_openlibs",
      bare.nanoseconds / 1e3,
      3,
    ),
    costs(
      "VM of the engine, the vulcan API on it",
      "µs",
      skill.nanoseconds / 1e3,
      "bare luaL_openlibs",
      bare.nanoseconds / 1e3,
      3,
    ),
    stated("the same, with every member of vulcan read", "µs", touched.nanoseconds / 1e3),
    faster("new LuaVm() and close", "µs", luaskills.nanoseconds / 1e3, "wasmoon", wasmoon.nanoseconds / 1e3),
    stated("the first one in a process", "ms", luaskills.first),
  ],
};
