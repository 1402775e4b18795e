import { LuaVm, VmPool } from "luaskills/vm";

const memoryLimit = 4 << 20;

const programs = {
  strings: "local t, i = {}, 0 while true do i = i + 1 t[i] = ('x'):rep(200) .. i end",
  "one string": "local s = 'x' while true do s = s .. s end",
  tables: "local head while true do head = { next = head } end",
  closures: "local t, i = {}, 0 while true do i = i + 1 local n = i t[i] = function() return n end end",
  "a compiled loop": "local t = {} for i = 1, 1e9 do t[i] = { x = i, y = { i } } end",
  coroutines:
    "local t, i = {}, 0 while true do i = i + 1 t[i] = coroutine.create(function() coroutine.yield() end) coroutine.resume(t[i]) end",
  cdata: "local ffi, t, i = require('ffi'), {}, 0 while true do i = i + 1 t[i] = ffi.new('char[1024]') end",
};

/** `count` runs that use up their VM's memory limit, by one kind of object after the other. */
export async function runOutOfMemory(count, sample) {
  const kinds = Object.entries(programs);
  const pool = new VmPool(() => new LuaVm({ memoryLimit }), { maxSize: 4 });
  for (let i = 0; i < count; i++) {
    const [kind, code] = kinds[i % kinds.length];
    const start = Math.floor(i / kinds.length) % 2 === 0 ? "inline" : "lane";
    const ended = await pool
      .use(vm => vm.eval(code, undefined, { start }))
      .then(
        () => "finished",
        error => error.code ?? "no code",
      );
    if (ended !== "LUA_MEMORY") throw new Error(`out of memory by ${kind} ended with ${ended}`);
    if (i % 100 === 0 && (await pool.use(vm => vm.eval("return 6 * 7"))) !== 42)
      throw new Error("the pool is ill");
    sample(i + 1);
  }
  const { created, discarded } = pool.stats();
  await pool.close();
  return { LUA_MEMORY: count, kinds: kinds.length, created, discarded };
}
