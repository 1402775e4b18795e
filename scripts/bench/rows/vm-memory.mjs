import { LuaVm } from "luaskills/vm";
import { openFloor } from "../drivers/floor.mjs";
import { skillVmFactory, touchEverything } from "../drivers/skill-vm.mjs";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { settledRss } from "../sampling.mjs";
import { costs, stated } from "../verdict.mjs";

const vms = 2_000;
const engines = 200;

/** Resident bytes of each of `vms` VMs of the engine. */
function measureSkillVms(use) {
  const make = skillVmFactory();
  const create = () => {
    const host = make();
    use(host);
    return host;
  };
  const kept = [create()];
  const before = settledRss();
  for (let i = 0; i < vms; i++) kept.push(create());
  return { bytes: (settledRss() - before) / vms, kept: kept.length };
}

export default {
  title: `Memory of an idle VM (resident set, ${vms} VMs)`,
  trials: {
    async luaskills() {
      const kept = [new LuaVm()];
      const before = settledRss();
      for (let i = 0; i < vms; i++) kept.push(new LuaVm());
      return { bytes: (settledRss() - before) / vms, kept: kept.length };
    },
    async skill() {
      return measureSkillVms(() => {});
    },
    async touched() {
      return measureSkillVms(touchEverything);
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
  report: ({ luaskills, skill, touched, bare, wasmoon }) => [
    costs("an idle LuaVm", "kB", luaskills.bytes / 1e3, "bare lua_State", bare.bytes / 1e3, 2),
    costs(
      "an idle VM of the engine, the vulcan API on it",
      "kB",
      skill.bytes / 1e3,
      "bare lua_State",
      bare.bytes / 1e3,
      2,
    ),
    stated("the same, with every member of vulcan read", "kB", touched.bytes / 1e3),
    costs("an idle LuaVm", "kB", luaskills.bytes / 1e3, "wasmoon", wasmoon.bytes / 1e3),
  ],
};
