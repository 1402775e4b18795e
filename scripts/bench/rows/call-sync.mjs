import assert from "node:assert/strict";
import { LuaVm } from "luaskills/vm";
import { openEngine } from "../drivers/engine.mjs";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { timeSync } from "../sampling.mjs";
import { atMost, faster } from "../verdict.mjs";

const body = 'return args.name .. ":" .. args.count .. ":" .. tostring(args.deep)';
const argument = i => ({ name: "alpha", count: i, deep: true });

function measure(call) {
  const { nanoseconds, last } = timeSync(i => call(argument(i)));
  assert.match(last, /^alpha:\d+:true$/);
  return { nanoseconds };
}

export default {
  title: "callSync: an object of 3 fields in, a string out",
  trials: {
    async handle() {
      const vm = new LuaVm();
      vm.evalSync(`function entry(args) ${body} end`);
      const entry = vm.getFunction("entry");
      return measure(value => entry.callSync(value));
    },
    async engine() {
      const { engine, name, close } = await openEngine(`return function(args) ${body} end`);
      const figures = measure(value => engine.callSync(name, value).content);
      await close();
      return figures;
    },
    async wasmoon() {
      const engine = await openWasmoon();
      await engine.doString(`function entry(args) ${body} end`);
      return measure(engine.global.get("entry"));
    },
  },
  report: ({ handle, engine, wasmoon }) => [
    faster(
      "callSync of a LuaVm handle",
      "µs",
      handle.nanoseconds / 1e3,
      "wasmoon",
      wasmoon.nanoseconds / 1e3,
      7,
    ),
    atMost("callSync of a LuaVm handle", "µs", handle.nanoseconds / 1e3, 1.2),
    faster(
      "callSync of a skill entry",
      "µs",
      engine.nanoseconds / 1e3,
      "wasmoon",
      wasmoon.nanoseconds / 1e3,
      7,
    ),
    atMost("callSync of a skill entry", "µs", engine.nanoseconds / 1e3, 1.2),
  ],
};
