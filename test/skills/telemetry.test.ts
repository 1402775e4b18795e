import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { LuaError, LuaVm } from "luaskills/vm";
import { Telemetry } from "#dist/skills/telemetry.js";
import { createEngine, engineWith, repository } from "./skill-tree.js";
import { exportedPoints, exportedSpans } from "./telemetry-exports.js";

const detected = await Telemetry.detect();
assert.ok(detected);
const telemetry = detected;
const target = { skillId: "demo", entry: "run", canonicalName: "demo-run" };
const described = {
  "luaskills.operation": "call",
  "luaskills.skill.id": "demo",
  "luaskills.entry.name": "run",
  "luaskills.entry.canonical_name": "demo-run",
};

test("a host without OpenTelemetry pays nothing: there is no telemetry and the API is not loaded", () => {
  const program = `
    import { createRequire } from "node:module";
    import { Telemetry } from "#dist/skills/telemetry.js";
    const found = await Telemetry.detect();
    const cached = Object.keys(createRequire(import.meta.url).cache).filter(path => path.includes("opentelemetry"));
    if (found !== undefined || cached.length > 0) process.exitCode = 1;
  `;
  const { status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: repository,
  });
  assert.equal(status, 0);
});

test("a call is a span with the entry, its skill and its outcome, and its result comes back as it is", async () => {
  exportedSpans();
  assert.equal(
    telemetry.call("call", target, () => 1),
    1,
  );
  const pending = telemetry.call("call", target, () => Promise.resolve(2));
  assert.equal(exportedSpans().length, 1);
  assert.equal(await pending, 2);
  const [span, ...others] = exportedSpans();
  assert.deepEqual(others, []);
  assert.equal(span?.name, "call demo-run");
  assert.deepEqual(span.attributes, described);
  assert.equal(span.status.code, SpanStatusCode.UNSET);
  assert.equal(
    telemetry.call("exec", {}, () => "x"),
    "x",
  );
  const [exec] = exportedSpans();
  assert.equal(exec?.name, "exec");
  assert.deepEqual(exec.attributes, { "luaskills.operation": "exec" });
});

const failures: [what: string, error: unknown, type: string, message: string][] = [
  ["with a code", new LuaError("LUA_TIMEOUT", "too slow"), "LUA_TIMEOUT", "too slow"],
  ["without a code", new RangeError("too far"), "RangeError", "too far"],
  ["that is no error", "just text", "unknown", "just text"],
];

for (const [what, error, type, message] of failures) {
  test(`a failure ${what} ends its span with its type and goes on to the caller`, async () => {
    exportedSpans();
    const fail = () => {
      throw error;
    };
    assert.throws(
      () => telemetry.call("call", target, fail),
      thrown => thrown === error,
    );
    await assert.rejects(
      telemetry.call("call", target, () => Promise.reject(error)),
      thrown => thrown === error,
    );
    const ended = exportedSpans();
    assert.equal(ended.length, 2);
    for (const span of ended) {
      assert.deepEqual(span.attributes, { ...described, "error.type": type });
      assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message });
      assert.equal(span.events.length, error instanceof Error ? 1 : 0);
    }
  });
}

test("calls and their durations are counted by entry and outcome", async () => {
  await exportedPoints();
  telemetry.call("call", target, () => 1);
  await telemetry.call("call", target, async () => 2);
  await assert.rejects(
    telemetry.call("call", target, () => Promise.reject(new LuaError("LUA_RUNTIME", "x"))),
    LuaError,
  );
  telemetry.call("runLua", {}, () => 3);
  const exported = await exportedPoints();
  const entry = { "luaskills.operation": "call", "luaskills.entry.canonical_name": "demo-run" };
  const labels = [
    { ...entry, "luaskills.outcome": "ok" },
    { ...entry, "luaskills.outcome": "error", "error.type": "LUA_RUNTIME" },
    { "luaskills.operation": "runLua", "luaskills.outcome": "ok" },
  ];
  const calls = exported.get("luaskills.calls") ?? [];
  assert.deepEqual(
    calls.map(({ attributes, value }) => [attributes, value]),
    [
      [labels[0], 2],
      [labels[1], 1],
      [labels[2], 1],
    ],
  );
  const durations = exported.get("luaskills.call.duration") ?? [];
  assert.deepEqual(
    durations.map(({ attributes, value }) => [attributes, (value as { count: number }).count]),
    [
      [labels[0], 2],
      [labels[1], 1],
      [labels[2], 1],
    ],
  );
});

test("a pool is shown as it is at each collection, until that is ended", async () => {
  const gauges = { idle: 1, leased: 2, waiting: 3 };
  const end = telemetry.observePool("skills", () => gauges);
  const read = async () => {
    const exported = await exportedPoints();
    const vms = exported.get("luaskills.pool.vms") ?? [];
    const waiting = exported.get("luaskills.pool.waiting") ?? [];
    return [...vms, ...waiting].map(({ attributes: { "luaskills.engine.id": engine, ...rest }, value }) => {
      assert.match(String(engine), /^[0-9a-f-]{36}$/);
      return [rest, value];
    });
  };
  const pool = { "luaskills.pool": "skills" };
  assert.deepEqual(await read(), [
    [{ ...pool, "luaskills.state": "idle" }, 1],
    [{ ...pool, "luaskills.state": "leased" }, 2],
    [pool, 3],
  ]);
  gauges.idle = 5;
  assert.deepEqual((await read())[0], [{ ...pool, "luaskills.state": "idle" }, 5]);
  end();
  assert.deepEqual(await read(), []);
});

test("spans of host functions nest under the call's, after waits and from worker lanes too", async t => {
  const vm = new LuaVm({ inlineBudgetUs: 1 });
  t.after(() => vm.close());
  const tracer = trace.getTracer("test");
  vm.register("app.tool", async (name: string) => {
    tracer.startSpan(`before ${name}`).end();
    await new Promise(resolve => setImmediate(resolve));
    tracer.startSpan(`after ${name}`).end();
  });
  const code = `
    app.tool("inline")
    local sum = 0
    for i = 1, 3e6 do sum = sum + i % 7 end
    app.tool("lane")
    return sum
  `;
  exportedSpans();
  await Promise.all([
    telemetry.call("call", { canonicalName: "a-run" }, () => vm.eval(code)),
    telemetry.call("call", { canonicalName: "b-run" }, () => vm.eval(code)),
  ]);
  const finished = exportedSpans();
  for (const name of ["call a-run", "call b-run"]) {
    const call = finished.find(span => span.name === name);
    assert.deepEqual(
      finished
        .filter(span => span.parentSpanContext?.spanId === call?.spanContext().spanId)
        .map(span => span.name),
      ["before inline", "after inline", "before lane", "after lane"],
    );
  }
});

test("a call inside a call, or inside a span of the host, is its child", async () => {
  exportedSpans();
  const outer = trace.getTracer("test").startSpan("request");
  await context.with(trace.setSpan(context.active(), outer), () =>
    telemetry.call("call", { canonicalName: "outer-run" }, async () => {
      await new Promise(resolve => setImmediate(resolve));
      return telemetry.call("call", { canonicalName: "inner-run" }, () => 1);
    }),
  );
  outer.end();
  const parents = new Map(exportedSpans().map(span => [span.name, span]));
  const parentOf = (name: string) => parents.get(name)?.parentSpanContext?.spanId;
  assert.equal(parentOf("call inner-run"), parents.get("call outer-run")?.spanContext().spanId);
  assert.equal(parentOf("call outer-run"), outer.spanContext().spanId);
});

test("an engine makes a span of every operation, with what it was about and how it ended", async t => {
  const { engine } = await engineWith(t, {
    demo: `return function(args)
      if args.fail then error("as asked") end
      if args.wait then while true do end end
      return args.number or "ok"
    end`,
  });
  exportedSpans();
  await engine.call("demo-run");
  engine.callSync("demo-run");
  await assert.rejects(engine.call("demo-run", { fail: true }));
  await assert.rejects(engine.call("demo-run", { wait: true }, { timeoutMs: 20 }));
  assert.throws(() => engine.callSync("demo-run", { number: 1 }));
  await engine.runLua("return 1");
  engine.runLuaSync("return 1");
  await engine.execLua({ code: "return 1" });
  await assert.rejects(engine.call("none-run"), { code: "SKILL_NOT_FOUND" });
  const of = { "luaskills.skill.id": "demo", "luaskills.entry.name": "run" };
  assert.deepEqual(
    exportedSpans().map(({ name, attributes, status }) => [
      name,
      attributes["luaskills.skill.id"],
      attributes["luaskills.entry.name"],
      attributes["error.type"],
      status.code === SpanStatusCode.ERROR,
    ]),
    [
      ["call demo-run", ...Object.values(of), undefined, false],
      ["callSync demo-run", ...Object.values(of), undefined, false],
      ["call demo-run", ...Object.values(of), "LUA_RUNTIME", true],
      ["call demo-run", ...Object.values(of), "LUA_TIMEOUT", true],
      ["callSync demo-run", ...Object.values(of), "SKILL_RESULT", true],
      ["runLua", undefined, undefined, undefined, false],
      ["runLuaSync", undefined, undefined, undefined, false],
      ["execLua", undefined, undefined, undefined, false],
    ],
  );
});

test("spans of a host tool, and of the calls it makes, nest under the call that asked", async t => {
  const { engine } = await engineWith(t, {
    outer: `return function()
      local sum = 0
      for i = 1, 3e6 do sum = sum + i % 7 end
      return vulcan.host.call("tool", {}).value
    end`,
    inner: "return function() return 'inner' end",
  });
  engine.registerHostTool("tool", {
    description: "",
    call: () =>
      trace.getTracer("test").startActiveSpan("tool", async span => {
        await new Promise(resolve => setImmediate(resolve));
        const { content } = await engine.call("inner-run");
        span.end();
        return content;
      }),
  });
  exportedSpans();
  assert.equal((await engine.call("outer-run")).content, "inner");
  const byName = new Map(exportedSpans().map(span => [span.name, span]));
  const idOf = (name: string) => byName.get(name)?.spanContext().spanId;
  assert.equal(byName.get("call inner-run")?.parentSpanContext?.spanId, idOf("tool"));
  assert.equal(byName.get("tool")?.parentSpanContext?.spanId, idOf("call outer-run"));
  assert.equal(byName.get("call outer-run")?.parentSpanContext, undefined);
});

test("the pools of an engine are shown while it is open", async t => {
  const engine = await createEngine(t, { pool: { minSize: 3 } });
  await engine.load([]);
  const pools = async () => {
    const vms = (await exportedPoints()).get("luaskills.pool.vms") ?? [];
    return vms
      .filter(({ attributes }) => attributes["luaskills.state"] === "idle")
      .map(({ attributes, value }) => [attributes["luaskills.pool"], value]);
  };
  assert.deepEqual(await pools(), [
    ["calls", 3],
    ["exec", 0],
  ]);
  await engine.close();
  assert.deepEqual(await pools(), []);
});
