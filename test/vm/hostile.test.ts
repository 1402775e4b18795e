import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LuaVm, type RunOptions, VmPool } from "luaskills/vm";

/** Compiled to build/test/vm, the programs stay in the source tree. */
const corpus = fileURLToPath(new URL("../../../test/fixtures/hostile/", import.meta.url));
const memoryLimit = 32 * 1024 * 1024;
const timeoutMs = 20;

interface Program {
  name: string;
  code: string;
}

function programs(folder: string): Program[] {
  return readdirSync(path.join(corpus, folder))
    .sort()
    .map(file => ({
      name: path.basename(file, ".lua"),
      code: readFileSync(path.join(corpus, folder, file), "utf8"),
    }));
}

type Way = (vm: LuaVm, program: Program) => Promise<unknown>;

function abortedSoon(start: "inline" | "lane"): Way {
  return async (vm, program) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), timeoutMs);
    try {
      // The deadline is the net under a signal that is not heard.
      const options: RunOptions = { start, signal: controller.signal, timeoutMs: 5_000 };
      return await vm.eval(program.code, undefined, options);
    } finally {
      clearTimeout(timer);
    }
  };
}

const deadlineWays: Record<string, Way> = {
  evalSync: async (vm, program) => vm.evalSync(program.code, undefined, { timeoutMs }),
  "callSync of a loaded function": async (vm, program) =>
    vm
      .loadSync(`return function() ${program.code}\nend`, { chunkName: program.name })
      .with({ timeoutMs })
      .callSync(),
  "await eval started inline": (vm, program) =>
    vm.eval(program.code, undefined, { timeoutMs, start: "inline" }),
  "await eval started on a lane": (vm, program) =>
    vm.eval(program.code, undefined, { timeoutMs, start: "lane" }),
};

/** Below a C boundary an inline call keeps the JS thread, so no listener of a signal can run there. */
const leavesTheJsThread =
  /^(loop|recursion|pcall|xpcall-wall|coroutine|ffi|jit|meta-(add|lt|call|index-chain))/;

async function dies(pool: VmPool, program: Program, way: Way, codes: string[]): Promise<void> {
  let used: LuaVm | undefined;
  await assert.rejects(
    pool.use(vm => {
      used = vm;
      return way(vm, program);
    }),
    (error: Error & { code?: string }) => {
      assert.ok(codes.includes(error.code ?? ""), `${error.code}: ${error.message}`);
      return true;
    },
  );
  if (used?.broken) assert.equal(used.closed, true, "the pool has closed the killed VM");
  assert.equal(await pool.use(vm => vm.eval("return 6 * 7")), 42, "a VM of the same pool works");
}

describe("hostile programs", () => {
  const pool = new VmPool(() => new LuaVm({ memoryLimit }), { maxSize: 4 });

  for (const program of programs("time")) {
    for (const [name, way] of Object.entries(deadlineWays)) {
      test(`${program.name} dies at its deadline in ${name}`, () =>
        dies(pool, program, way, ["LUA_TIMEOUT"]));
    }
    test(`${program.name} dies by its signal on a lane`, () =>
      dies(pool, program, abortedSoon("lane"), ["LUA_ABORTED"]));
    if (leavesTheJsThread.test(program.name)) {
      test(`${program.name} dies by its signal when started inline`, () =>
        dies(pool, program, abortedSoon("inline"), ["LUA_ABORTED"]));
    }
    if (program.name.startsWith("loop") || program.name.startsWith("pcall")) {
      test(`${program.name} dies at its deadline with the JIT off`, () =>
        dies(pool, program, async (vm, { code }) => vm.evalSync(code, undefined, { timeoutMs, jit: false }), [
          "LUA_TIMEOUT",
        ]));
    }
  }

  for (const program of programs("memory")) {
    for (const [name, way] of Object.entries(deadlineWays)) {
      test(`${program.name} ends at its deadline or its memory limit in ${name}`, () =>
        dies(pool, program, way, ["LUA_TIMEOUT", "LUA_MEMORY"]));
    }
    test(`${program.name} ends by its signal or its memory limit on a lane`, () =>
      dies(pool, program, abortedSoon("lane"), ["LUA_ABORTED", "LUA_MEMORY"]));
  }

  for (const program of programs("error-values")) {
    for (const [name, way] of Object.entries(deadlineWays)) {
      test(`${program.name} does not hang the reporter in ${name}`, () =>
        dies(pool, program, way, ["LUA_TIMEOUT", "LUA_RUNTIME"]));
    }
  }

  test("endless finalizers of a healthy VM do not hold its close", () => {
    for (const arm of [
      "kept = newproxy(true) getmetatable(kept).__gc = function() while true do end end",
      "kept = require('ffi').gc(require('ffi').new('int[1]'), function() while true do end end)",
      "kept = require('ffi').metatype('struct { int x; }', { __gc = function() while true do end end })()",
    ]) {
      const vm = new LuaVm({ memoryLimit });
      vm.evalSync(arm);
      vm.close();
      assert.equal(vm.closed, true);
    }
  });

  test("a kill does not reach the next call on another VM", async () => {
    for (let round = 0; round < 50; round++) {
      await assert.rejects(
        pool.use(vm => vm.eval("while true do end", undefined, { timeoutMs: 2 })),
        { code: "LUA_TIMEOUT" },
      );
      const sum = await pool.use(vm => vm.eval("local s = 0 for i = 1, 10000 do s = s + i end return s"));
      assert.equal(sum, 50005000);
    }
  });

  test("the pool is healthy after all of it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => pool.use(vm => vm.eval("return args * 2", i))),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 100 }, (_, i) => i * 2),
    );
    assert.equal(pool.stats().leased, 0);
    await pool.close();
    assert.equal(pool.stats().total, 0);
  });
});
