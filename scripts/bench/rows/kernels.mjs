import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { LuaVm } from "luaskills/vm";
import { loadFengari, openFengari } from "../drivers/fengari.mjs";
import { kernels as folder, measureWithLuajit } from "../drivers/luajit.mjs";
import { openWasmoon } from "../drivers/wasmoon.mjs";
import { timeSync } from "../sampling.mjs";
import { median } from "../statistics.mjs";
import { faster } from "../verdict.mjs";

/** n for LuaJIT, and a smaller one at which the interpreters written in WebAssembly and JavaScript can take part. */
const sizes = {
  nbody: { n: 500_000, small: 5_000 },
  "spectral-norm": { n: 500, small: 50 },
  fannkuch: { n: 9, small: 7 },
  mandelbrot: { n: 800, small: 60 },
  "binary-trees": { n: 13, small: 8 },
  strings: { n: 60_000, small: 2_000 },
  heapsort: { n: 20_000, small: 2_000 },
};
const samples = 9;

function runInVm(vm, kernel, n) {
  const measured = vm.evalSync(
    'return dofile(args.folder .. "measure.lua")(args.folder .. args.kernel .. ".lua", args.n, 2, args.samples)',
    { folder, kernel, n, samples },
    { timeoutMs: 120_000 },
  );
  return { nanoseconds: median(measured.nanoseconds), result: measured.result };
}

const source = kernel => readFileSync(path.join(folder, `${kernel}.lua`), "utf8");

async function each(measure) {
  const figures = {};
  for (const [kernel, size] of Object.entries(sizes)) Object.assign(figures, await measure(kernel, size));
  return figures;
}

const peerSettings = { batch: 1, samples: 3, warmUp: 1 };

export default {
  title: "Compute kernels, ours under a deadline",
  note: "The luajit binary is built from the same source and runs without a deadline; peers run a smaller n.",
  trials: {
    luaskills: () =>
      each((kernel, { n, small }) => {
        const vm = new LuaVm();
        const large = runInVm(vm, kernel, n);
        const other = new LuaVm();
        const little = runInVm(other, kernel, small);
        return {
          [kernel]: large.nanoseconds,
          [`${kernel} result`]: large.result,
          [`${kernel} small`]: little.nanoseconds,
        };
      }),
    luajit: () =>
      each((kernel, { n }) => {
        const { nanoseconds, result } = measureWithLuajit(kernel, n, 2, samples);
        return { [kernel]: median(nanoseconds), [`${kernel} result`]: result };
      }),
    wasmoon: () =>
      each(async (kernel, { small }) => {
        const engine = await openWasmoon();
        const run = engine.doStringSync(source(kernel));
        return { [`${kernel} small`]: timeSync(() => run(small), peerSettings).nanoseconds };
      }),
    fengari: () =>
      each((kernel, { small }) => {
        const run = loadFengari(openFengari(), source(kernel));
        return { [`${kernel} small`]: timeSync(() => run(small), peerSettings).nanoseconds };
      }),
  },
  report({ luaskills, luajit, wasmoon, fengari }) {
    return Object.keys(sizes).flatMap(kernel => {
      assert.equal(luaskills[`${kernel} result`], luajit[`${kernel} result`], `${kernel} computes the same`);
      const small = `${kernel} small`;
      const { n, small: peerN } = sizes[kernel];
      return [
        faster(`${kernel} ${n}`, "ms", luaskills[kernel] / 1e6, "luajit", luajit[kernel] / 1e6, 0.95),
        faster(`${kernel} ${peerN}`, "ms", luaskills[small] / 1e6, "wasmoon", wasmoon[small] / 1e6),
        faster(`${kernel} ${peerN}`, "ms", luaskills[small] / 1e6, "fengari", fengari[small] / 1e6),
      ];
    });
  },
};
