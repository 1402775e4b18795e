import { LuaVm, VmPool } from "luaskills/vm";
import { hostilePrograms } from "../hostile-programs.mjs";
import { percentile } from "../statistics.mjs";
import { atMost, exactly, stated } from "../verdict.mjs";

const kills = 10_000;
const timeoutMs = 2;

/** Fifteen programs of different kinds, and two pattern bombs. */
const chosen = [
  "loop-while-empty",
  "loop-for-nested",
  "loop-branchy",
  "recursion-tail",
  "recursion-overflow-caught",
  "pcall-wall",
  "pcall-wall-deep",
  "xpcall-wall",
  "coroutine-wall",
  "coroutine-wrap-loop",
  "sort-comparator-loop",
  "gsub-callback-wall",
  "meta-call-chain",
  "hook-clear-in-wall",
  "jit-toggle-loop",
  "ffi-array-loop",
  "finalizer-newproxy-wall",
  "string-format-loop",
  "pattern-nested-quantifiers",
  "pattern-in-pcall-wall",
];

const ways = {
  evalSync: async (vm, code) => vm.evalSync(code, undefined, { timeoutMs }),
  lane: (vm, code) => vm.eval(code, undefined, { timeoutMs, start: "lane" }),
};

/** Milliseconds from the deadline until JS has the error; undefined when the call ended in another way. */
async function killOne(pool, way, code) {
  let start;
  try {
    await pool.use(vm => {
      start = performance.now();
      return ways[way](vm, code).finally(() => {
        start = performance.now() - start;
      });
    });
    return undefined;
  } catch (error) {
    return error.code === "LUA_TIMEOUT" ? start - timeoutMs : undefined;
  }
}

function trial(way) {
  return async () => {
    const programs = hostilePrograms("time").filter(([name]) => chosen.includes(name));
    if (programs.length !== chosen.length)
      throw new Error("a hostile program that this row names is missing");
    const pool = new VmPool(() => new LuaVm({ memoryLimit: 64 << 20 }));
    const late = [];
    for (let i = 0; i < kills / 2; i++) {
      const after = await killOne(pool, way, programs[i % programs.length][1]);
      if (after !== undefined) late.push(after);
    }
    return {
      landed: late.length,
      p50: percentile(late, 0.5) * 1e3,
      p99: percentile(late, 0.99),
      longest: percentile(late, 1),
      late,
    };
  };
}

export default {
  title: `Kill after a deadline of ${timeoutMs} ms: ${kills} kills over ${chosen.length} hostile programs`,
  note: "From the deadline until JS has the error. Every kill is followed by closing its VM and making a fresh one.",
  rounds: 1,
  trials: { evalSync: trial("evalSync"), lane: trial("lane") },
  report: ({ evalSync, lane }) => [
    exactly("kills that landed", `of ${kills}`, evalSync.landed + lane.landed, kills),
    atMost("late p99, both ways", "ms", percentile([...evalSync.late, ...lane.late], 0.99), 5),
    stated("late p50, evalSync", "µs", evalSync.p50),
    stated("late p50, on a lane", "µs", lane.p50),
    stated("late p99, evalSync", "ms", evalSync.p99),
    stated("late p99, on a lane", "ms", lane.p99),
    stated("latest of all", "ms", Math.max(evalSync.longest, lane.longest)),
  ],
};
