import assert from "node:assert/strict";
import { LuaVm, VmPool } from "luaskills/vm";

const prelude = `
  function add(a, b) return a + b end
  function join(a, b) return a .. "/" .. b end
  function shape(o) return { id = o.id, items = { o.id, o.id + 1 }, name = o.name .. "!" } end
  function fail(message) error(message) end
  function later(n) return wait(n) + 1 end
  function through(n) return now(n) * 2 end
  function refused(n) local ok, message = pcall(refuse, n) return ok == false and tostring(message) end
  function generate(n)
    local sum = 0
    for v in coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) do sum = sum + v end
    return sum
  end
  function wait_in_coroutine(n)
    local co = coroutine.wrap(function() return wait(n) end)
    return co()
  end
`;

function newVm() {
  const vm = new LuaVm({ memoryLimit: 64 << 20 });
  vm.register("wait", n => new Promise(resolve => setImmediate(resolve, n)));
  vm.register("now", n => n);
  vm.register("refuse", async n => {
    throw new Error(`refused ${n}`);
  });
  vm.evalSync(prelude);
  return vm;
}

async function rejectsWith(promise, code) {
  await assert.rejects(promise, { code });
}

/** What one call may be, with how often it is chosen. Each checks its own answer. */
const kinds = [
  [20, ({ f, i }) => assert.equal(f.add.callSync(i, 1), i + 1)],
  [20, async ({ f, i }) => assert.equal(await f.add.call(i, 1), i + 1)],
  [10, ({ f, i }) => assert.equal(f.join.callSync("a", `b${i}`), `a/b${i}`)],
  [10, ({ f, i }) => checkShape(f.shape.callSync({ id: i, name: "x" }), i)],
  [10, async ({ f, i }) => checkShape(await f.shape.call({ id: i, name: "x" }), i)],
  [5, ({ vm, i }) => assert.equal(vm.evalSync("return args.n % 7", { n: i }), i % 7)],
  [5, async ({ vm, i }) => assert.equal(await vm.eval("return args.n % 7", { n: i }), i % 7)],
  [
    2,
    async ({ vm, i }) => assert.deepEqual(await vm.evalAll("return args, nil, 'last'", i), [i, null, "last"]),
  ],
  [4, async ({ f, i }) => assert.equal(await f.later.call(i), i + 1)],
  [2, async ({ f, i }) => assert.equal(await f.wait_in_coroutine.call(i), i)],
  [4, ({ f, i }) => assert.equal(f.through.callSync(i), i * 2)],
  [2, async ({ f, i }) => assert.match(await f.refused.call(i), new RegExp(`refused ${i}`))],
  [2, ({ f }) => assert.throws(() => f.fail.callSync("on purpose"), { code: "LUA_RUNTIME" })],
  [2, ({ f }) => rejectsWith(f.fail.call("on purpose"), "LUA_RUNTIME")],
  [1, ({ vm }) => assert.throws(() => vm.evalSync("return ="), { code: "LUA_SYNTAX" })],
  [1, ({ vm }) => assert.throws(() => vm.evalSync("return function() end"), { code: "LUA_CONVERT" })],
  [1, ({ f }) => rejectsWith(f.add.with({ signal: AbortSignal.abort() }).call(1, 2), "LUA_ABORTED")],
  [
    1,
    async ({ f, i }) =>
      assert.equal(await f.generate.with({ start: "lane" }).call(20 + (i % 5)), sumTo(20 + (i % 5))),
  ],
  [1, ({ f, i }) => assert.equal(f.add.with({ timeoutMs: 1_000 }).callSync(i, i), 2 * i)],
  [
    1,
    ({ vm, i }) => {
      vm.setGlobal("kept", { i });
      assert.deepEqual(vm.getGlobal("kept"), { i });
    },
  ],
  [
    1,
    ({ vm, i }) => {
      const handle = vm.getFunction("add");
      assert.equal(handle.callSync(i, 2), i + 2);
      handle.release();
    },
  ],
  [0.05, ({ vm }) => rejectsWith(vm.eval("while true do end", undefined, { timeoutMs: 2 }), "LUA_TIMEOUT")],
];

function checkShape(value, i) {
  assert.deepEqual(value, { id: i, items: [i, i + 1], name: "x!" });
}

function sumTo(n) {
  return (n * (n + 1)) / 2;
}

/** `count` calls of every kind, up to 32 in flight, on a pool of 16. `sample(done)` is called all along. */
export async function runMixedCalls(count, sample) {
  const pool = new VmPool(newVm, { maxSize: 16 });
  const handles = new WeakMap();
  const handlesOf = vm => {
    let found = handles.get(vm);
    if (found === undefined) {
      const names = [
        "add",
        "join",
        "shape",
        "fail",
        "later",
        "through",
        "refused",
        "generate",
        "wait_in_coroutine",
      ];
      found = Object.fromEntries(names.map(name => [name, vm.getFunction(name)]));
      handles.set(vm, found);
    }
    return found;
  };
  const weights = kinds.reduce((sum, [weight]) => sum + weight, 0);
  let seed = 1;
  const choose = () => {
    seed = (seed * 48271) % 2147483647;
    let left = (seed / 2147483647) * weights;
    for (const [weight, call] of kinds) {
      left -= weight;
      if (left < 0) return call;
    }
    return kinds[0][1];
  };

  let started = 0;
  let done = 0;
  const worker = async () => {
    while (started < count) {
      const i = started++;
      const call = choose();
      await pool.use(vm => call({ vm, f: handlesOf(vm), i }));
      sample(++done);
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  const { created, discarded } = pool.stats();
  await pool.close();
  return { calls: done, kinds: kinds.length, created, discarded };
}
