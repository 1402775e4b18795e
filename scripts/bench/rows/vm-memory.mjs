import { LuaVm } from "luaskills/vm";
import { openFloor } from "../drivers/floor.mjs";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { settledRss } from "../sampling.mjs";
import { costs } from "../verdict.mjs";

const vms = 2_000;
const engines = 200;

export default {
  title: `Memory of an idle VM (resident set, ${vms} VMs)`,
  trials: {
    async luaskills() {
      const kept = [new LuaVm()];
      const before = settledRss();
      for (let i = 0; i < vms; i++) kept.push(new LuaVm());
      return { bytes: (settledRss() - before) / vms, kept: kept.length };
    },
    async bare() {
      const floor = openFloor();
      floor.createMany(1);
      const before = settledRss();
      floor.createMany(vms);
      return { bytes: (settledRss() - before) / vms };
    },
    async wasmoon() {
      const kept = [await openWasmoon()];
      const before = settledRss();
      for (let i = 0; i < engines; i++) kept.push(await openWasmoon());
      return { bytes: (settledRss() - before) / engines, kept: kept.length };
    },
  },
  report: ({ luaskills, bare, wasmoon }) => [
    costs("an idle LuaVm", "kB", luaskills.bytes / 1e3, "bare lua_State", bare.bytes / 1e3, 2),
    costs("an idle LuaVm", "kB", luaskills.bytes / 1e3, "wasmoon", wasmoon.bytes / 1e3),
  ],
};
