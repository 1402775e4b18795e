import assert from "node:assert/strict";
import { test } from "node:test";
import { SkillEngine } from "luaskills";
import { resolveOptions } from "#dist/skills/options.js";

test("defaults", () => {
  const { paths, logger, ...settings } = resolveOptions();
  assert.equal(logger, undefined);
  assert.equal(paths.runtimeRoot, undefined);
  assert.deepEqual(settings, {
    lanes: undefined,
    pool: {},
    execPool: { minSize: 1, maxSize: 4 },
    vm: {},
    callTimeoutMs: undefined,
    execTimeoutMs: 60_000,
    initTimeoutMs: 10_000,
    validateArguments: false,
    watch: false,
    reservedEntryNames: [],
    ignoredSkillIds: new Set(),
    protectedSkillIds: new Set(),
    capabilities: { skillManagement: false, managedIo: true },
    sources: {
      allowNetworkDownload: false,
      github: { baseUrl: undefined, apiBaseUrl: "https://api.github.com", token: undefined },
      hub: undefined,
      privateSources: [],
    },
    cache: {},
    databases: { sqlite: "embedded", lancedb: "embedded", lancedbStorage: undefined },
    defaultTextEncoding: undefined,
  });
});

test("ids are taken without the blanks around them, reserved names exactly as they are", () => {
  const settings = resolveOptions({
    ignoredSkillIds: [" a "],
    protectedSkillIds: ["b\n"],
    reservedEntryNames: [" c "],
  });
  assert.deepEqual([...settings.ignoredSkillIds], ["a"]);
  assert.deepEqual([...settings.protectedSkillIds], ["b"]);
  assert.deepEqual(settings.reservedEntryNames, [" c "]);
});

test("one capability alone leaves the other at its default", () => {
  const { capabilities } = resolveOptions({ capabilities: { skillManagement: true } });
  assert.deepEqual(capabilities, { skillManagement: true, managedIo: true });
});

test("options of later versions are passed over", () => {
  assert.doesNotThrow(() => resolveOptions({ sandboxAllow: ["x"] } as object));
});

const wrong: [options: unknown, error: string, message: RegExp][] = [
  [null, "TypeError", /options must be an object, got null/],
  ["x", "TypeError", /options must be an object, got "x"/],
  [{ pool: 1 }, "TypeError", /pool must be an object, got number/],
  [{ execPool: [] }, "TypeError", /execPool must be an object, got an array/],
  [{ pool: { maxSize: 0 } }, "RangeError", /maxSize/],
  [{ allowNetworkDownload: "yes" }, "TypeError", /allowNetworkDownload must be true or false, got "yes"/],
  [{ github: 1 }, "TypeError", /github must be an object, got 1/],
  [
    { github: { apiBaseUrl: "api" } },
    "TypeError",
    /github\.apiBaseUrl must be an http or https address, got "api"/,
  ],
  [{ github: { baseUrl: "ftp://x" } }, "TypeError", /github\.baseUrl must be an http or https address/],
  [{ github: { token: "a\nb" } }, "TypeError", /github\.token must be a string of visible ASCII characters$/],
  [{ hub: {} }, "TypeError", /hub\.baseUrl must be an http or https address/],
  [{ privateSources: "x" }, "TypeError", /privateSources must be an array of addresses, got "x"/],
  [{ privateSources: ["x"] }, "TypeError", /privateSources\[0\] must be an http or https address, got "x"/],
  [{ callTimeoutMs: "1" }, "TypeError", /callTimeoutMs must be a number of milliseconds, got "1"/],
  [{ callTimeoutMs: 0 }, "RangeError", /callTimeoutMs must be a positive number of milliseconds, got 0/],
  [{ execTimeoutMs: -1 }, "RangeError", /execTimeoutMs must be a positive number/],
  [{ execTimeoutMs: Number.NaN }, "RangeError", /execTimeoutMs must be a positive number .*got NaN/],
  [{ initTimeoutMs: Number.POSITIVE_INFINITY }, "RangeError", /initTimeoutMs must be a positive/],
  [{ validateArguments: 1 }, "TypeError", /validateArguments must be true or false, got number/],
  [{ watch: "yes" }, "TypeError", /watch must be true or false, got "yes"/],
  [{ reservedEntryNames: "x" }, "TypeError", /reservedEntryNames must be an array of strings, got "x"/],
  [{ ignoredSkillIds: [1] }, "TypeError", /ignoredSkillIds must be an array of strings/],
  [{ protectedSkillIds: {} }, "TypeError", /protectedSkillIds must be an array of strings, got object/],
  [{ capabilities: true }, "TypeError", /capabilities must be an object, got boolean/],
  [{ capabilities: { skillManagement: "no" } }, "TypeError", /capabilities\.skillManagement must be true or/],
  [
    { capabilities: { managedIo: null } },
    "TypeError",
    /capabilities\.managedIo must be true or false, got null/,
  ],
  [{ cache: 5 }, "TypeError", /cache must be an object, got number/],
  [{ defaultTextEncoding: " " }, "TypeError", /defaultTextEncoding must be a non-empty string, got " "/],
  [{ logger: { info() {} } }, "TypeError", /logger must be a function \(level, message\) or an object/],
];

for (const [options, name, message] of wrong) {
  test(`create refuses ${JSON.stringify(options) ?? String(options)}`, async () => {
    await assert.rejects(SkillEngine.create(options as never), { name, message });
  });
}
