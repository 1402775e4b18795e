// luaskills bench: what it reports; how long things take is nobody's promise here.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { temporaryFolder, writeSkills } from "../skills/skill-tree.js";
import { luaskills } from "./command-line.js";

function bench(t: TestContext, ...args: string[]) {
  const root = temporaryFolder(t);
  writeSkills(root, {
    quick: "return function(args) print('printed') return args.text or 'x' end",
    waiting: `return function()
      local session = vulcan.process.session.open({ program = "cat" })
      session:write("x")
      return session:read({ until_text = "x", timeout_ms = 60000 }).stdout
    end`,
    failing: "return function() error('out of luck') end",
  });
  return luaskills(["bench", ...args, "--duration", "50", "--warmup", "10", "--root", `ROOT=${root}`]);
}

test("bench prints a table and the latencies as bars, for awaited and synchronous calls", async t => {
  const { code, out, err } = await bench(t, "quick-run");
  assert.equal(err, "");
  assert.match(
    out,
    /^quick-run: 50 ms each, after 10 ms unmeasured\n\nMODE +CALLS +CALLS\/S +P50 +P90 +P99 +MAX\n/,
  );
  assert.match(out, /^awaited +[\d,]+ +[\d,]+( +[\d.]+ (µs|ms|s)){4}$/m);
  assert.match(out, /^sync +[\d,]+ +[\d,]+( +[\d.]+ (µs|ms|s)){4}$/m);
  assert.match(out, /^Latency, awaited\n( +[\d.]+ (µs|ms|s)( █+ [\d.]+ %)?\n)+\nLatency, sync\n/m);
  assert.equal(code, 0);
});

test("bench --json gives figures that agree with each other", async t => {
  const { out } = await bench(t, "quick-run", "--arg", "text=hello", "--json");
  const { entry, args, awaited, sync } = JSON.parse(out);
  assert.deepEqual([entry, args], ["quick-run", { text: "hello" }]);
  for (const { calls, callsPerSecond, latencyUs, histogram } of [awaited, sync]) {
    assert.ok(calls >= 1 && callsPerSecond >= 1);
    const { min, p50, p90, p99, max } = latencyUs;
    assert.deepEqual(
      [min, p50, p90, p99, max],
      [min, p50, p90, p99, max].sort((a, b) => a - b),
    );
    const counted = histogram.reduce((sum: number, bucket: { calls: number }) => sum + bucket.calls, 0);
    assert.equal(counted, calls);
    assert.ok(histogram[0].from <= min && max < histogram.at(-1).to);
  }
});

test("one mode can be chosen, and several calls be in flight", async t => {
  const { out } = await bench(t, "quick-run", "--mode", "awaited", "--concurrency", "4");
  assert.match(out, /^awaited, 4 at once +/m);
  assert.doesNotMatch(out, /sync/);
});

test("an entry that cannot be called synchronously says why", async t => {
  const both = await bench(t, "waiting-run");
  assert.match(both.out, /^awaited +[\d,]+/m);
  assert.match(both.out, /^not possible in sync mode: waiting-run: /m);
  assert.equal(both.code, 0);
  const sync = await bench(t, "waiting-run", "--mode", "sync");
  assert.match(sync.err, /^luaskills: waiting-run: /);
  assert.equal(sync.code, 1);
});

test("an entry that fails is not measured", async t => {
  const { code, out, err } = await bench(t, "failing-run");
  assert.equal(out, "");
  assert.match(err, /failing-run: .*out of luck/);
  assert.equal(code, 1);
});

test("an unknown entry and a wrong number are told like everywhere", async t => {
  const unknown = await bench(t, "quick-rnu");
  assert.match(unknown.err, /no entry named quick-rnu\nhint: did you mean quick-run\?/);
  assert.equal(unknown.code, 1);
  const wrong = await bench(t, "quick-run", "--concurrency", "0");
  assert.match(wrong.err, /Expected a positive whole number/);
  assert.equal(wrong.code, 2);
});
