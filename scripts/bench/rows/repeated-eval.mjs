import { LuaVm } from "luaskills/vm";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { exactly, stated } from "../verdict.mjs";

const evals = 100_000;

/** How many times `run` succeeds in a row, at most `evals`. */
async function survived(run) {
  for (let i = 0; i < evals; i++) {
    try {
      await run();
    } catch {
      return { evals: i };
    }
  }
  return { evals };
}

export default {
  title: "The same chunk evaluated again and again in one VM",
  note: "wasmoon's doString never pops the thread it runs on, so it ends in a memory error.",
  rounds: 1,
  trials: {
    async luaskills() {
      const vm = new LuaVm();
      return survived(() => vm.eval("return 1"));
    },
    async wasmoon() {
      const engine = await openWasmoon();
      return survived(() => engine.doString("return 1"));
    },
  },
  report: ({ luaskills, wasmoon }) => [
    exactly("await vm.eval", "evals", luaskills.evals, evals),
    stated("wasmoon's await engine.doString before it fails", "evals", wasmoon.evals),
  ],
};
