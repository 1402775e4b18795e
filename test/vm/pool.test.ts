import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LuaVm, type PoolStats, VmPool } from "luaskills/vm";

const newVm = (): LuaVm => new LuaVm();

/** A promise to hold a lease open, and the function that ends it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { opened, open };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

function assertConsistent(stats: PoolStats): void {
  assert.equal(stats.total, stats.idle + stats.leased, `total = idle + leased in ${JSON.stringify(stats)}`);
  assert.equal(
    stats.total,
    stats.created - stats.discarded - stats.reaped,
    `total = created - discarded - reaped in ${JSON.stringify(stats)}`,
  );
}

test("a wrong option is refused with a message that names it, its range and the value", () => {
  const refused = (options: object, error: new (m: string) => Error, message: string): void => {
    assert.throws(() => new VmPool(newVm, options), { constructor: error, message });
  };
  refused({ maxSize: 0 }, RangeError, "VmPool: maxSize must be a whole number of at least 1, got 0");
  refused({ maxSize: 1.5 }, RangeError, "VmPool: maxSize must be a whole number of at least 1, got 1.5");
  refused({ maxSize: "4" }, TypeError, "VmPool: maxSize must be a number, got string");
  refused({ minSize: -1 }, RangeError, "VmPool: minSize must be a whole number of at least 0, got -1");
  refused({ minSize: 3, maxSize: 2 }, RangeError, "VmPool: minSize must be at most maxSize (2), got 3");
  refused(
    { idleTtlMs: Number.NaN },
    RangeError,
    "VmPool: idleTtlMs must be between 0 and 2147483647 milliseconds or Infinity, got NaN",
  );
  refused(
    { acquireTimeoutMs: -5 },
    RangeError,
    "VmPool: acquireTimeoutMs must be between 0 and 2147483647 milliseconds or Infinity, got -5",
  );
  refused(
    { acquireTimeoutMs: null as unknown as number, idleTtlMs: "1" },
    TypeError,
    "VmPool: idleTtlMs must be a number, got string",
  );
  assert.throws(() => new VmPool(undefined as unknown as () => LuaVm), {
    name: "TypeError",
    message: "VmPool: create must be a function that returns a LuaVm, got undefined",
  });
});

test("the VM released last is leased next", async () => {
  await using pool = new VmPool(newVm);
  const hold = gate();
  const seen: LuaVm[] = [];
  const first = pool.use(async vm => {
    seen.push(vm);
    await hold.opened;
  });
  const second = pool.use(async vm => {
    seen.push(vm);
    await hold.opened;
    await sleep(1);
  });
  hold.open();
  await Promise.all([first, second]);
  assert.notEqual(seen[0], seen[1]);
  await pool.use(vm => assert.equal(vm, seen[1]));
  await pool.use(vm => assert.equal(vm, seen[1]));
  assert.equal(pool.stats().created, 2);
});

test("what run returns or throws is what use returns or rejects with, and the VM goes back either way", async () => {
  await using pool = new VmPool(newVm, { maxSize: 1 });
  assert.equal(await pool.use(() => 42), 42);
  assert.equal(await pool.use(vm => vm.eval("return 6 * 7")), 42);
  await assert.rejects(
    pool.use(() => {
      throw new Error("thrown by run");
    }),
    { message: "thrown by run" },
  );
  await assert.rejects(
    pool.use(vm => vm.eval("error('raised by Lua')")),
    { code: "LUA_RUNTIME" },
  );
  assert.deepEqual(
    { ...pool.stats() },
    { total: 1, idle: 1, leased: 0, waiting: 0, created: 1, discarded: 0, reaped: 0 },
  );
});

test("prewarm creates up to minSize, counting what is there already", async () => {
  await using pool = new VmPool(newVm, { minSize: 3 });
  assert.equal(pool.stats().total, 0);
  await pool.use(() => {});
  await pool.prewarm();
  await pool.prewarm();
  assert.equal(pool.stats().created, 3);
  assert.equal(pool.stats().idle, 3);
});

test("prewarm waits for a factory that takes its time and passes its error on", async () => {
  let fails = false;
  await using pool = new VmPool(
    async () => {
      await sleep(1);
      if (fails) throw new Error("no VM today");
      return new LuaVm();
    },
    { minSize: 2, maxSize: 2 },
  );
  await pool.prewarm();
  assert.equal(pool.stats().idle, 2);
  await pool.use(vm => pool.discard(vm));
  fails = true;
  await assert.rejects(pool.prewarm(), { message: "no VM today" });
  assertConsistent(pool.stats());
});

test("VMs idle for longer than idleTtlMs are closed, down to minSize", async () => {
  await using pool = new VmPool(newVm, { minSize: 2, idleTtlMs: 10 });
  const vms: LuaVm[] = [];
  const hold = gate();
  const leases = Array.from({ length: 5 }, () =>
    pool.use(async vm => {
      vms.push(vm);
      await hold.opened;
    }),
  );
  hold.open();
  await Promise.all(leases);
  assert.equal(pool.stats().idle, 5);
  await until(() => pool.stats().reaped === 3);
  await sleep(30);
  assert.deepEqual(
    { ...pool.stats() },
    { total: 2, idle: 2, leased: 0, waiting: 0, created: 5, discarded: 0, reaped: 3 },
  );
  assert.deepEqual(
    vms.map(vm => vm.closed),
    [true, true, true, false, false],
    "the ones released first went first",
  );
});

test("idleTtlMs Infinity keeps every VM", async () => {
  await using pool = new VmPool(newVm, { minSize: 0, idleTtlMs: Number.POSITIVE_INFINITY });
  await Promise.all([pool.use(() => sleep(1)), pool.use(() => sleep(1))]);
  await sleep(20);
  assert.equal(pool.stats().idle, 2);
});

test("callers that wait are served in the order they came", async () => {
  await using pool = new VmPool(newVm, { maxSize: 2 });
  const order: number[] = [];
  const calls = Array.from({ length: 50 }, (_, i) =>
    pool.use(async () => {
      order.push(i);
      assert.ok(pool.stats().leased <= 2);
      await sleep(i % 3 === 0 ? 1 : 0);
    }),
  );
  assert.equal(pool.stats().waiting, 48);
  await Promise.all(calls);
  assert.deepEqual(
    order,
    Array.from({ length: 50 }, (_, i) => i),
  );
  assert.equal(pool.stats().created, 2);
});

test("a caller that waited longer than acquireTimeoutMs gets POOL_TIMEOUT and leaves the queue", async () => {
  await using pool = new VmPool(newVm, { maxSize: 1, acquireTimeoutMs: 15 });
  const hold = gate();
  const holder = pool.use(() => hold.opened);
  await assert.rejects(
    pool.use(() => assert.fail("must not run")),
    (error: Error & { code?: string }) => {
      assert.equal(error.name, "PoolError");
      assert.equal(error.code, "POOL_TIMEOUT");
      assert.match(error.message, /no VM became free within 15 ms \(1 of 1 leased/);
      return true;
    },
  );
  assert.equal(pool.stats().waiting, 0);
  hold.open();
  await holder;
  assert.equal(await pool.use(() => "free again"), "free again");
});

test("an AbortSignal ends the wait with its own reason and the others keep their order", async () => {
  await using pool = new VmPool(newVm, { maxSize: 1 });
  const hold = gate();
  const holder = pool.use(() => hold.opened);
  const order: string[] = [];
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  const before = pool.use(() => void order.push("before"));
  const aborted = pool.use(() => assert.fail("must not run"), { signal: controller.signal });
  const after = pool.use(() => void order.push("after"));
  assert.equal(pool.stats().waiting, 3);
  controller.abort(reason);
  await assert.rejects(aborted, error => error === reason);
  assert.equal(pool.stats().waiting, 2);
  hold.open();
  await Promise.all([holder, before, after]);
  assert.deepEqual(order, ["before", "after"]);
});

test("a signal that is aborted already is refused even when a VM is free", async () => {
  await using pool = new VmPool(newVm);
  await pool.prewarm();
  const reason = new Error("too late");
  await assert.rejects(
    pool.use(() => assert.fail("must not run"), { signal: AbortSignal.abort(reason) }),
    error => error === reason,
  );
  assert.equal(pool.stats().idle, 1);
});

for (const kind of ["synchronous", "asynchronous"] as const) {
  test(`a failing ${kind} factory rejects the caller it was asked for and costs no capacity`, async () => {
    let failures = 3;
    const create = (): LuaVm => {
      if (failures-- > 0) throw new Error("factory failed");
      return new LuaVm();
    };
    await using pool = new VmPool(kind === "synchronous" ? create : async () => create(), { maxSize: 2 });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => pool.use(() => sleep(1))));
    assert.equal(outcomes.filter(outcome => outcome.status === "rejected").length, 3);
    assert.equal(pool.stats().waiting, 0);
    const both = gate();
    let running = 0;
    const pair = Array.from({ length: 2 }, () =>
      pool.use(async () => {
        if (++running === 2) both.open();
        await both.opened;
      }),
    );
    await Promise.all(pair);
    assertConsistent(pool.stats());
  });
}

test("a factory that fails while callers wait for a discarded VM's place rejects one caller per attempt", async () => {
  let made = 0;
  await using pool = new VmPool(
    () => {
      if (++made === 2) throw new Error("second attempt failed");
      return new LuaVm();
    },
    { maxSize: 1 },
  );
  const outcomes = await Promise.allSettled([
    pool.use(vm => pool.discard(vm)),
    pool.use(() => "rejected"),
    pool.use(() => "served"),
  ]);
  assert.deepEqual(
    outcomes.map(outcome => (outcome.status === "rejected" ? outcome.reason.message : outcome.value)),
    [undefined, "second attempt failed", "served"],
  );
});

test("a factory that returns no VM, or the same VM twice, is named in the error", async () => {
  await using broken = new VmPool((() => undefined) as unknown as () => LuaVm);
  await assert.rejects(
    broken.use(() => {}),
    {
      code: "POOL_FACTORY",
      message: "VmPool: create must return a LuaVm, got undefined",
    },
  );
  const only = new LuaVm();
  await using repeating = new VmPool(() => only);
  await assert.rejects(
    repeating.use(() => repeating.use(() => {})),
    { code: "POOL_FACTORY" },
  );
});

test("discard closes an idle VM at once, a leased one after its lease, and refuses a foreign one", async () => {
  await using pool = new VmPool(newVm, { maxSize: 2 });
  let idle: LuaVm | undefined;
  await pool.use(vm => {
    idle = vm;
  });
  assert.ok(idle);
  pool.discard(idle);
  assert.equal(idle.closed, true);
  pool.discard(idle);
  assert.deepEqual(
    { ...pool.stats() },
    { total: 0, idle: 0, leased: 0, waiting: 0, created: 1, discarded: 1, reaped: 0 },
  );

  await pool.use(vm => {
    pool.discard(vm);
    assert.equal(vm.closed, false, "still usable until the lease ends");
    assert.equal(vm.evalSync("return 1"), 1);
    idle = vm;
  });
  assert.equal(idle.closed, true);
  assert.equal(pool.stats().discarded, 2);

  const foreign = new LuaVm();
  assert.throws(() => pool.discard(foreign), {
    name: "PoolError",
    code: "POOL_FOREIGN_VM",
    message: "VmPool.discard: this VM was not created by this pool; close it yourself",
  });
  foreign.close();
});

test("a VM that was killed, closed or left busy never reaches the next caller", async () => {
  await using pool = new VmPool(newVm, { maxSize: 1 });
  await assert.rejects(
    pool.use(vm => vm.eval("while true do end", undefined, { timeoutMs: 20 })),
    { code: "LUA_TIMEOUT" },
  );
  assert.equal(pool.stats().discarded, 1);
  await pool.use(vm => vm.close());
  assert.equal(pool.stats().discarded, 2);
  const never = gate();
  let unfinished: Promise<unknown> = Promise.resolve();
  await pool.use(vm => {
    vm.register("wait", () => never.opened);
    unfinished = vm.eval("wait()");
    unfinished.catch(() => {});
  });
  assert.equal(pool.stats().discarded, 3);
  await assert.rejects(unfinished);
  assert.equal(await pool.use(vm => vm.eval("return 'healthy'")), "healthy");
});

test("an idle VM that its maker closed is dropped on the way to the next lease", async () => {
  await using pool = new VmPool(newVm);
  let held: LuaVm | undefined;
  await pool.use(vm => {
    held = vm;
  });
  held?.close();
  assert.equal(await pool.use(vm => vm.evalSync("return 2")), 2);
  assertConsistent(pool.stats());
});

test("a pool of one serves a use inside a use, however deep, and shrinks again", async () => {
  await using pool = new VmPool(newVm, { minSize: 0, maxSize: 1, acquireTimeoutMs: 2_000 });
  const depth = async (levels: number): Promise<number> =>
    pool.use(async vm => {
      await sleep(1);
      const below = levels === 0 ? 0 : await depth(levels - 1);
      return (vm.evalSync("return args + 1", below) as number) ?? 0;
    });
  assert.equal(await depth(5), 6);
  assert.ok(pool.stats().total <= 1, "VMs beyond maxSize are closed");
  assertConsistent(pool.stats());
});

for (const start of ["inline", "lane"] as const) {
  test(`a pool of one does not deadlock when a host function of a call started ${start} uses the pool`, async () => {
    const pool: VmPool = new VmPool(
      () => {
        const vm = new LuaVm();
        vm.register("nested", async (n: number) => {
          await sleep(1);
          return pool.use(inner => inner.eval("return args * 2", n));
        });
        return vm;
      },
      { maxSize: 1, acquireTimeoutMs: 2_000 },
    );
    try {
      assert.equal(await pool.use(vm => vm.eval("return nested(21)", undefined, { start })), 42);
    } finally {
      await pool.close();
    }
  });
}

test("nested uses with a factory that takes its time overtake the callers that hold nothing", async () => {
  await using pool = new VmPool(
    async () => {
      await sleep(1);
      return new LuaVm();
    },
    { maxSize: 1 },
  );
  const order: string[] = [];
  const outer = pool.use(async () => {
    order.push("outer");
    await pool.use(() => void order.push("nested"));
  });
  const others = [1, 2].map(i => pool.use(() => void order.push(`other ${i}`)));
  await Promise.all([outer, ...others]);
  assert.deepEqual(order, ["outer", "nested", "other 1", "other 2"]);
});

test("work that outlives its lease waits like everybody else", async () => {
  await using pool = new VmPool(newVm, { maxSize: 1 });
  const later = gate();
  let late: Promise<number> = Promise.resolve(0);
  await pool.use(() => {
    late = later.opened.then(() => pool.use(() => pool.stats().leased));
  });
  const hold = gate();
  const holder = pool.use(() => hold.opened);
  later.open();
  await sleep(2);
  assert.equal(pool.stats().waiting, 1);
  hold.open();
  await holder;
  assert.equal(await late, 1);
});

test("useSync takes an idle VM, else a temporary one beyond maxSize", async () => {
  await using pool = new VmPool(newVm, { maxSize: 1 });
  assert.equal(
    pool.useSync(vm => vm.evalSync("return 'a'")),
    "a",
  );
  assert.equal(pool.stats().created, 1);
  const answer = pool.useSync(outer => {
    const inner = pool.useSync(vm => {
      assert.notEqual(vm, outer);
      assert.equal(pool.stats().leased, 2);
      return vm.evalSync("return 'inner'");
    });
    return inner;
  });
  assert.equal(answer, "inner");
  assert.equal(pool.stats().idle, 1);
  assert.equal(pool.stats().reaped, 1);
  assertConsistent(pool.stats());
});

test("useSync says that it cannot wait for a factory or a run that returns a promise", async () => {
  let late: LuaVm | undefined;
  await using slow = new VmPool(async () => {
    late = new LuaVm();
    return late;
  });
  assert.throws(() => slow.useSync(() => {}), {
    code: "POOL_FACTORY",
    message: /useSync cannot wait; make create return the LuaVm itself, or call use/,
  });
  await until(() => late?.closed === true);
  assert.equal(slow.stats().total, 0);

  await using pool = new VmPool(newVm);
  assert.throws(() => pool.useSync(async () => {}), {
    name: "TypeError",
    message: "VmPool.useSync: run returned a promise; use VmPool.use for asynchronous work",
  });
  assert.equal(pool.stats().leased, 0);
});

test("close refuses new work, rejects the waiting, closes the idle at once and the leased when they end", async () => {
  const pool = new VmPool(newVm, { maxSize: 2 });
  const vms: LuaVm[] = [];
  const hold = gate();
  const holders = [1, 2].map(() =>
    pool.use(async vm => {
      vms.push(vm);
      await hold.opened;
      return vm.evalSync("return 'finished'");
    }),
  );
  const waiting = pool.use(() => assert.fail("must not run"));
  waiting.catch(() => {});
  let closed = false;
  const closing = pool.close().then(() => {
    closed = true;
  });
  assert.equal(pool.close(), pool.close(), "closing twice is one close");
  await assert.rejects(waiting, { code: "POOL_CLOSED" });
  await assert.rejects(
    pool.use(() => {}),
    { code: "POOL_CLOSED", message: "VmPool.use: the pool is closed" },
  );
  assert.throws(() => pool.useSync(() => {}), { code: "POOL_CLOSED" });
  await assert.rejects(pool.prewarm(), { code: "POOL_CLOSED" });
  assert.equal(closed, false);
  hold.open();
  assert.deepEqual(await Promise.all(holders), ["finished", "finished"]);
  await closing;
  assert.deepEqual(
    vms.map(vm => vm.closed),
    [true, true],
  );
  assert.equal(pool.stats().total, 0);
});

test("a VM whose creation ends after close is closed as well, and close waits for it", async () => {
  const ready = gate();
  let made: LuaVm | undefined;
  const pool = new VmPool(async () => {
    await ready.opened;
    made = new LuaVm();
    return made;
  });
  const caller = pool.use(() => assert.fail("must not run"));
  caller.catch(() => {});
  const closing = pool.close();
  await assert.rejects(caller, { code: "POOL_CLOSED" });
  ready.open();
  await closing;
  assert.equal(made?.closed, true);
});

test("the counts agree at every moment of a random load", async () => {
  let seed = 12345;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const pool = new VmPool(
    () => {
      if (random(20) === 0) throw new Error("factory failed");
      return random(2) === 0 ? new LuaVm() : sleep(random(3)).then(() => new LuaVm());
    },
    { minSize: 1, maxSize: 5, idleTtlMs: 5, acquireTimeoutMs: 200 },
  );
  const step = async (depth: number): Promise<void> => {
    const controller = new AbortController();
    const done = pool.use(
      async vm => {
        assertConsistent(pool.stats());
        const kind = random(8);
        if (kind === 0) pool.discard(vm);
        else if (kind === 1) vm.close();
        else if (kind === 2 && depth < 3) await step(depth + 1);
        else if (kind === 3) throw new Error("run failed");
        else await sleep(random(3));
        assertConsistent(pool.stats());
      },
      { signal: controller.signal },
    );
    if (random(10) === 0) controller.abort();
    await done.catch(() => {});
    assertConsistent(pool.stats());
  };
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 25 }, () => step(0)));
    await sleep(random(10));
    assertConsistent(pool.stats());
  }
  assert.equal(pool.stats().leased, 0);
  assert.equal(pool.stats().waiting, 0);
  await pool.close();
  assert.equal(pool.stats().total, 0);
});

test("10,000 calls that wait for promises pass through a pool of 256", async () => {
  await using pool = new VmPool(
    () => {
      const vm = new LuaVm();
      vm.register("wait", (n: number) => new Promise(resolve => setImmediate(resolve, n)));
      return vm;
    },
    { maxSize: 256 },
  );
  const answers = await Promise.all(
    Array.from({ length: 10_000 }, (_, i) => pool.use(vm => vm.eval("return wait(args) + 1", i))),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 10_000 }, (_, i) => i + 1),
  );
  assert.equal(pool.stats().created, 256);
});

test("2,000 calls wait for promises at once on 2,000 VMs", async () => {
  const go = gate();
  await using pool = new VmPool(
    () => {
      const vm = new LuaVm();
      vm.register("wait", async (n: number) => {
        await go.opened;
        return n;
      });
      return vm;
    },
    { maxSize: 2_000 },
  );
  const calls = Array.from({ length: 2_000 }, (_, i) => pool.use(vm => vm.eval("return wait(args)", i)));
  assert.equal(pool.stats().leased, 2_000);
  go.open();
  const answers = await Promise.all(calls);
  assert.deepEqual(
    answers,
    Array.from({ length: 2_000 }, (_, i) => i),
  );
});
