import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LuaVm } from "luaskills/vm";
import { makeRecords } from "../records.mjs";
import { timeSync } from "../sampling.mjs";
import { median } from "../statistics.mjs";
import { faster } from "../verdict.mjs";

const records = makeRecords();
const samples = 21;

/** Timed inside Lua, so that neither side pays for crossing the border; V8 is timed in the same process. */
const inLua = `
  local ffi = require("ffi")
  ffi.cdef("struct bench_timespec { long s; long ns; }; int clock_gettime(int, struct bench_timespec *);")
  local time = ffi.new("struct bench_timespec")
  local function now()
    ffi.C.clock_gettime(jit.os == "OSX" and 6 or 1, time)
    return tonumber(time.s) * 1e9 + tonumber(time.ns)
  end
  local function timed(f, argument, collecting)
    local taken = {}
    for i = 1, 5 + args.samples do
      if not collecting then collectgarbage() collectgarbage("stop") end
      local start = now()
      local result = f(argument)
      if i > 5 then taken[i - 5] = now() - start end
      assert(result)
      result = nil
      if not collecting then collectgarbage("restart") end
    end
    return taken
  end
  local data = json.decode(args.text)
  return { decode = timed(json.decode, args.text), collecting = timed(json.decode, args.text, true), encode = timed(function(value) return json.encode(value, { sorted = false }) end, data),
    sorted = timed(json.encode, data), length = #data }`;

/** Median nanoseconds of the conversion alone: each side collects its garbage between the samples. */
function timeBetweenCollections(run) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const taken = [];
  for (let i = 0; i < 5 + samples; i++) {
    collect();
    const start = process.hrtime.bigint();
    run();
    if (i >= 5) taken.push(Number(process.hrtime.bigint() - start));
  }
  return median(taken);
}

export default {
  title: "JSON text ↔ Lua tables, inside the VM",
  trials: {
    async both() {
      const vm = new LuaVm();
      vm.openJson("json");
      const text = JSON.stringify(records);
      const lua = vm.evalSync(inLua, { text, samples });
      assert.equal(lua.length, records.length);
      const settings = { batch: 1, samples, warmUp: 5 };
      return {
        decode: median(lua.decode),
        encode: median(lua.encode),
        sorted: median(lua.sorted),
        collecting: median(lua.collecting),
        parse: timeBetweenCollections(() => JSON.parse(text)),
        stringify: timeBetweenCollections(() => JSON.stringify(records)),
        parseCollecting: timeSync(() => JSON.parse(text), settings).nanoseconds,
      };
    },
  },
  report: ({ both }) => [
    faster("JSON text → Lua tables", "ms", both.decode / 1e6, "JSON.parse", both.parse / 1e6, 1.8),
    faster(
      "the same, collections included",
      "ms",
      both.collecting / 1e6,
      "JSON.parse",
      both.parseCollecting / 1e6,
    ),
    faster("Lua tables → JSON text", "ms", both.encode / 1e6, "JSON.stringify", both.stringify / 1e6, 2.5),
    faster("the same, keys sorted", "ms", both.sorted / 1e6, "JSON.stringify", both.stringify / 1e6),
  ],
};
