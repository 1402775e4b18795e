// Skills that do harm: what they get, and that nobody else notices.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { loadCorpus } from "./corpus-runtime.js";
import { storyteller } from "./corpus-story.js";

const warnings: string[] = [];
const { engine } = await loadCorpus(
  { after },
  {
    memoryLimit: 16 << 20,
    pool: { maxSize: 1 },
    logger: (level, message) => {
      if (level === "warn") warnings.push(message);
    },
  },
);
engine.registerHostTool("never", { description: "Does not answer.", call: () => new Promise(() => {}) });
const tell = storyteller(engine);

const refused = (path: string, member: string) => `${path}: ${path}.${member}: ${path} is read-only`;

tell("a skill cannot write to vulcan, and what it changes in a view is its own copy", () => [
  [
    "vandal-assign",
    {},
    [
      refused("vulcan", "call"),
      refused("vulcan", "anything"),
      refused("vulcan.fs", "read"),
      refused("vulcan.context", "request"),
      "vulcan.context.request: accepted",
      refused("vulcan.runtime.internal", "skill_name"),
      refused("vulcan.runtime.overflow_type", "page"),
      refused("vulcan.deps", "tools_path"),
      "setmetatable: cannot change a protected metatable",
      "debug.setmetatable: debug.setmetatable: vulcan is read-only",
      "vandal r-9",
    ].join("\n"),
    { context: { requestContext: { requestId: "r-9" } } },
  ],
  ["vandal-shadow", {}, "mine function"],
  ["bystander-look", {}, "clean, and print is a function"],
]);

for (const entry of ["vandal-rawset", "vandal-base"]) {
  test(`what gets at vulcan all the same delivers its result and costs its VM: ${entry}`, async () => {
    const calls = {
      call: () => engine.call(entry),
      callSync: async () => engine.callSync(entry),
    };
    for (const call of Object.values(calls)) {
      warnings.length = 0;
      const { discarded } = engine.stats().pool;
      assert.equal((await call()).content, "forged");
      assert.equal(engine.stats().pool.discarded, discarded + 1);
      assert.match(warnings.join("\n"), /changed the `vulcan` table.*its VM was discarded/);
      assert.match((await engine.call("twins-left")).content, /^left/);
    }
  });
}

tell("globals that a skill leaks stay in the skill, on the one VM that all share", () => [
  ["litterer-drop", {}, "dropped"],
  ["litterer-look", {}, "load call table raw"],
  ["bystander-look", {}, "clean, and print is a function"],
  ["twins-right", {}, "right of twin.lua"],
]);

for (const way of ["plain", "pcall", "pattern", "coroutine", "sort", "nested"]) {
  tell(`a skill that never returns ends at its deadline: ${way}`, () => [
    ["stuck-loop", { way }, { code: "LUA_TIMEOUT", message: /^stuck-loop: .*deadline/ }, { timeoutMs: 30 }],
    ["twins-left", {}, "left of twin.lua"],
  ]);
}

// Not below C functions: the first call of an entry that never leaves one holds the JavaScript thread.
for (const way of ["plain", "pcall", "coroutine", "nested", "wait"]) {
  test(`a skill that never returns ends when its caller has lost interest: ${way}`, async () => {
    const aborter = new AbortController();
    const call = engine.call("stuck-loop", { way }, { signal: aborter.signal });
    setTimeout(() => aborter.abort(), 20);
    await assert.rejects(call, { code: "LUA_ABORTED", message: /^stuck-loop: / });
    assert.equal((await engine.call("twins-left")).content, "left of twin.lua");
  });
}

for (const way of ["strings", "tables", "closures", "text", "cdata", "nested"]) {
  tell(`a skill that allocates for ever ends at the memory limit: ${way}`, () => [
    ["hoarder-collect", { way }, { code: "LUA_MEMORY", message: /^hoarder-collect: not enough memory/ }],
    ["twins-left", {}, "left of twin.lua"],
  ]);
}

tell("bytes that are no UTF-8 stop at the border of Lua, and are fine inside it", () => [
  [
    "byte-soup-raw",
    { where: "content" },
    { code: "SKILL_RESULT", message: /^byte-soup-raw: result\[1\]: .*UTF-8/ },
  ],
  [
    "byte-soup-raw",
    { where: "hint" },
    { code: "SKILL_RESULT", message: /^byte-soup-raw: result\[3\]: .*UTF-8/ },
  ],
  ["byte-soup-raw", { where: "error" }, { code: "LUA_RUNTIME", message: /^byte-soup-raw: caf\uFFFD/ }],
  ["byte-soup-raw", { where: "print" }, "printed"],
  ["byte-soup-raw", { where: "argument" }, /UTF-8/],
  ["byte-soup-raw", { where: "nested" }, "7"],
  ["byte-soup-clean", {}, "Grüße has 5 bytes in Latin-1 and 7 in UTF-8"],
]);

test("after all of them the pool is whole and nothing runs", () => {
  const { calls, pool } = engine.stats();
  assert.equal(calls.running, 0);
  assert.equal(pool.leased, 0);
  assert.equal(pool.total, pool.idle);
  assert.equal(pool.total, pool.created - pool.discarded - pool.reaped);
});
