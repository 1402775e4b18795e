import assert from "node:assert/strict";
import { LuaVm } from "luaskills/vm";
import { openFloor } from "../drivers/floor.mjs";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { makeRecords } from "../records.mjs";
import { timeSync } from "../sampling.mjs";
import { faster, stated } from "../verdict.mjs";

const records = makeRecords();
const settings = { batch: 1, samples: 21, warmUp: 5 };
const count = "local n = 0 for _, r in ipairs(args) do n = n + r.id end return n";

function inAndOut(into, outOf) {
  const inward = timeSync(() => into(records), settings);
  const outward = timeSync(() => outOf(), settings);
  assert.equal(outward.last.length, records.length);
  assert.deepEqual({ ...outward.last[records.length - 1] }, records.at(-1));
  return { in: inward.nanoseconds, out: outward.nanoseconds };
}

export default {
  title: "20,000 records into and out of Lua tables",
  note:
    "Walking is the floor driver: Node-API property by property, no protection. wasmoon keeps JS objects as proxies by\n" +
    "default, so its way in is measured together with one read of every record; ours is repeated with that read.",
  trials: {
    async luaskills() {
      const vm = new LuaVm();
      vm.evalSync("function into(args) kept = args return #args end function out_of() return kept end");
      vm.evalSync(`function into_and_read(args) ${count} end`);
      const into = vm.getFunction("into");
      const outOf = vm.getFunction("out_of");
      const figures = inAndOut(
        value => into.callSync(value),
        () => outOf.callSync(),
      );
      const read = vm.getFunction("into_and_read");
      return { ...figures, read: timeSync(() => read.callSync(records), settings).nanoseconds };
    },
    async walking() {
      const floor = openFloor();
      floor.load(
        "local kept return function(args) if args then kept = args return #args end return kept end",
      );
      return inAndOut(
        value => floor.callWalked(value),
        () => floor.callWalked(null),
      );
    },
    async wasmoon() {
      const engine = await openWasmoon();
      const read = await engine.doString(`return function(args) ${count} end`);
      return { read: timeSync(() => read(records), { batch: 1, samples: 5, warmUp: 1 }).nanoseconds };
    },
    async v8() {
      const text = JSON.stringify(records);
      const stringify = timeSync(() => JSON.stringify(records), settings);
      const parse = timeSync(() => JSON.parse(text), settings);
      return { bytes: text.length, stringify: stringify.nanoseconds, parse: parse.nanoseconds };
    },
  },
  report: ({ luaskills, walking, wasmoon, v8 }) => [
    faster("JS records → Lua tables", "ms", luaskills.in / 1e6, "walking", walking.in / 1e6, 4),
    faster("Lua tables → JS records", "ms", luaskills.out / 1e6, "walking", walking.out / 1e6, 4),
    faster("in, and every record read", "ms", luaskills.read / 1e6, "wasmoon", wasmoon.read / 1e6),
    stated("of the way in, V8's JSON.stringify alone", "ms", v8.stringify / 1e6),
    stated("of the way out, V8's JSON.parse alone", "ms", v8.parse / 1e6),
    stated("the records as JSON text", "kB", v8.bytes / 1e3),
  ],
};
