import { LuaVm, VmPool } from "luaskills/vm";
import { hostilePrograms } from "../bench/hostile-programs.mjs";

const timeoutMs = 2;

/** `count` kills over every hostile program, in turn synchronous, inline and on a lane. */
export async function runKills(count, sample) {
  const programs = [...hostilePrograms("time"), ...hostilePrograms("memory")];
  const pool = new VmPool(() => new LuaVm({ memoryLimit: 16 << 20 }), { maxSize: 4 });
  const ways = [
    (vm, code) => vm.evalSync(code, undefined, { timeoutMs }),
    (vm, code) => vm.eval(code, undefined, { timeoutMs, start: "inline" }),
    (vm, code) => vm.eval(code, undefined, { timeoutMs, start: "lane" }),
  ];
  const codes = {};
  for (let i = 0; i < count; i++) {
    const [name, code] = programs[i % programs.length];
    const way = ways[Math.floor(i / programs.length) % ways.length];
    const ended = await pool
      .use(vm => way(vm, code))
      .then(
        () => "finished",
        error => error.code ?? "no code",
      );
    if (ended !== "LUA_TIMEOUT" && ended !== "LUA_MEMORY") throw new Error(`${name} ended with ${ended}`);
    codes[ended] = (codes[ended] ?? 0) + 1;
    if (i % 100 === 0 && (await pool.use(vm => vm.eval("return 6 * 7"))) !== 42)
      throw new Error("the pool is ill");
    sample(i + 1);
  }
  const { created, discarded } = pool.stats();
  await pool.close();
  return { ...codes, programs: programs.length, created, discarded };
}
