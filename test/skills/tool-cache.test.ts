import assert from "node:assert/strict";
import { test } from "node:test";
import { ToolCache } from "#dist/skills/tool-cache.js";

test("ids carry the time and a sequence, and give the value back to their scope", () => {
  const cache = new ToolCache();
  const before = Date.now();
  const ids = [cache.put("a", '{"x":1}'), cache.put("a", "null"), cache.put("b", "2")];
  const parts = ids.map(id => /^tc-(\d+)-(\d+)$/.exec(id));
  assert.deepEqual(
    parts.map(part => part?.[2]),
    ["1", "2", "3"],
  );
  for (const part of parts) assert.ok(Number(part?.[1]) >= before && Number(part?.[1]) <= Date.now());
  assert.equal(cache.get("a", ids[0] ?? ""), '{"x":1}');
  assert.equal(cache.get("a", ids[1] ?? ""), "null");
  assert.equal(cache.get("b", ids[2] ?? ""), "2");
});

test("another scope neither gets nor deletes a value", () => {
  const cache = new ToolCache();
  const id = cache.put("a", "1");
  assert.equal(cache.get("b", id), undefined);
  assert.equal(cache.delete("b", id), false);
  assert.equal(cache.get("a", id), "1");
  assert.equal(cache.delete("a", id), true);
  assert.equal(cache.delete("a", id), false);
  assert.equal(cache.get("a", id), undefined);
});

const lifetimes: [ttl: number | undefined, lives: number][] = [
  [undefined, 30],
  [0, 1],
  [1, 1],
  [20, 20],
  [60, 60],
  [61, 60],
  [1e12, 60],
];
for (const [ttl, lives] of lifetimes) {
  test(`a value with ${ttl === undefined ? "no ttl" : `a ttl of ${ttl}`} lives ${lives} s`, () => {
    let now = 500;
    const cache = new ToolCache({ defaultTtlSecs: 30, maxTtlSecs: 60 }, () => now);
    const id = cache.put("a", "1", ttl);
    now += lives * 1_000 - 1;
    assert.equal(cache.get("a", id), "1");
    now += 1;
    assert.equal(cache.get("a", id), undefined);
    assert.equal(cache.delete("a", id), false);
    assert.equal(cache.stats().expired, 1);
  });
}

test("reading does not extend a life", () => {
  let now = 0;
  const cache = new ToolCache({}, () => now);
  const id = cache.put("a", "1", 10);
  for (const at of [4_000, 8_000, 9_999]) {
    now = at;
    assert.equal(cache.get("a", id), "1");
  }
  now = 10_000;
  assert.equal(cache.get("a", id), undefined);
});

test("expired values give their room back, in whatever order they expire", () => {
  let now = 0;
  const cache = new ToolCache({}, () => now);
  const ids = [30, 10, 20].map(ttl => cache.put("a", "12345", ttl));
  const left = () => ids.map(id => cache.get("a", id) !== undefined);
  now = 10_000;
  assert.deepEqual(left(), [true, false, true]);
  assert.deepEqual([cache.stats().entries, cache.stats().bytes], [2, 10]);
  now = 20_000;
  assert.deepEqual(left(), [true, false, false]);
  now = 30_000;
  assert.deepEqual([cache.stats().entries, cache.stats().bytes], [0, 0]);
});

test("beyond maxEntries the oldest goes, read or not, whatever its scope", () => {
  const cache = new ToolCache({ maxEntries: 2 });
  const [first, second] = [cache.put("a", "1"), cache.put("b", "2")];
  assert.equal(cache.get("a", first), "1");
  const third = cache.put("b", "3");
  assert.equal(cache.get("a", first), undefined);
  assert.equal(cache.get("b", second), "2");
  assert.equal(cache.get("b", third), "3");
  assert.equal(cache.stats().evicted, 1);
});

test("beyond maxBytes as many of the oldest go as it takes", () => {
  const cache = new ToolCache({ maxBytes: 10 });
  const ids = ["123", "456", "ää"].map(text => cache.put("a", text));
  assert.equal(cache.stats().bytes, 10);
  const last = cache.put("a", "12345");
  assert.deepEqual(
    [...ids, last].map(id => cache.get("a", id)),
    [undefined, undefined, "ää", "12345"],
  );
  assert.deepEqual([cache.stats().entries, cache.stats().bytes, cache.stats().evicted], [2, 9, 2]);
});

test("a value that can never fit is refused and evicts nothing", () => {
  const cache = new ToolCache({ maxBytes: 10 });
  const id = cache.put("a", "1");
  assert.throws(() => cache.put("a", "12345678901"), {
    name: "RangeError",
    message: "the value takes 11 bytes, more than the cache may hold (10)",
  });
  assert.equal(cache.get("a", id), "1");
});

test("stats count what is there and what happened", () => {
  const cache = new ToolCache();
  const id = cache.put("a", '"ä"');
  cache.get("a", id);
  cache.get("b", id);
  cache.get("a", "tc-0-0");
  const expected = { entries: 1, bytes: 4, hits: 1, misses: 2, evicted: 0, expired: 0 };
  assert.deepEqual(cache.stats(), expected);
  cache.clear();
  assert.deepEqual(cache.stats(), { ...expected, entries: 0, bytes: 0 });
  assert.equal(cache.get("a", id), undefined);
});

test("a thousand values stay by default, the next one takes the place of the oldest", () => {
  const cache = new ToolCache();
  const ids = Array.from({ length: 1_001 }, (_, i) => cache.put("a", String(i)));
  assert.equal(cache.stats().entries, 1_000);
  assert.equal(cache.get("a", ids[0] ?? ""), undefined);
  assert.equal(cache.get("a", ids[1] ?? ""), "1");
});

test("bounds that are no positive integers are refused by name", () => {
  for (const option of ["maxEntries", "maxBytes", "defaultTtlSecs", "maxTtlSecs"]) {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => new ToolCache({ [option]: value }), {
        name: "RangeError",
        message: `cache.${option} must be a positive integer, got ${value}`,
      });
    }
    assert.throws(() => new ToolCache({ [option]: "1" as never }), {
      name: "TypeError",
      message: `cache.${option} must be a number, got string`,
    });
  }
  assert.throws(() => new ToolCache(null as never), { name: "TypeError" });
});
