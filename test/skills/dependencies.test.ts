// What loading does about dependencies.yaml, and what a running skill sees of it.

import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LogEvent, SkillEngineOptions } from "luaskills";
import { platformName } from "#dist/lifecycle/dependencies/platform.js";
import { loopbackServer, ok, stalled, status } from "../lifecycle/loopback-server.js";
import { sha256 } from "../lifecycle/releases.js";
import {
  createEngine,
  manifest,
  type Scope,
  type SkillFiles,
  temporaryFolder,
  writeSkills,
} from "./skill-tree.js";

const here = platformName(process.platform, process.arch) ?? assert.fail("tests need a platform with a name");

/** The text of a dependencies.yaml with one file under each kind that is named. */
function needs(base: string, kinds: readonly string[], more = ""): string {
  const lists = kinds.map(
    kind => `${kind}_dependencies:
  - name: ${kind}-dep
    version: 1.0.0
    source: { type: url }
${more}    packages:
      ${here}:
        url: ${base}/${kind}
        exports: [{ archive_path: x, target_path: ${kind}.txt }]
`,
  );
  return lists.join("");
}

async function rootWith(t: Scope, skills: Record<string, SkillFiles>, options: SkillEngineOptions = {}) {
  const folder = temporaryFolder(t);
  const root = { name: "ROOT", skillsDir: join(folder, "skills") };
  writeSkills(root.skillsDir, skills);
  const engine = await createEngine(t, options);
  const logged: LogEvent[] = [];
  engine.on("log", event => logged.push(event));
  return { folder, root, engine, logged };
}

const reading = (kind: string) =>
  `return function() return vulcan.fs.read(vulcan.path.join(vulcan.deps.${kind === "tool" ? "tools" : kind}_path, "${kind}-dep", "1.0.0", "${here}", "${kind}.txt")) end`;

test("dependencies of every kind are installed at load and found under vulcan.deps", async t => {
  const server = await loopbackServer(t);
  const kinds = ["tool", "lua", "ffi"];
  for (const kind of kinds) server.on(`/${kind}`, ok(`content of ${kind}`));
  const skill: Record<string, string> = {
    "skill.yaml": manifest(kinds),
    "dependencies.yaml": needs(server.base, kinds),
  };
  for (const kind of kinds) skill[`runtime/${kind}.lua`] = reading(kind);
  const { root, engine, logged } = await rootWith(t, { demo: skill }, { allowNetworkDownload: true });
  const report = await engine.load([root]);
  assert.deepEqual(report.loaded, ["demo"]);
  for (const kind of kinds) assert.equal((await engine.call(`demo-${kind}`)).content, `content of ${kind}`);
  assert.ok(
    logged.some(
      ({ message }) => message === "[LuaSkills:dependency] demo: tool tool-dep 1.0.0 was installed",
    ),
  );
  await engine.reload();
  assert.equal(server.asked.length, 3);
});

test("the body of an entry file finds what the skill needs", async t => {
  const server = await loopbackServer(t);
  server.on("/lua", ok("return { answer = 42 }"));
  const source = `local text = vulcan.fs.read("DEPS/lua/demo/lua-dep/1.0.0/${here}/lua.txt")
    local library = load(text)()
    return function() return tostring(library.answer) end`;
  const { folder, root, engine } = await rootWith(t, {}, { allowNetworkDownload: true });
  const dependencies = join(folder, "dependencies").replaceAll("\\", "/");
  writeSkills(root.skillsDir, {
    demo: {
      "skill.yaml": manifest(),
      "dependencies.yaml": needs(server.base, ["lua"]),
      "runtime/run.lua": source.replace("DEPS", dependencies),
    },
  });
  const report = await engine.load([root]);
  assert.deepEqual(report.failed, []);
  assert.equal((await engine.call("demo-run")).content, "42");
});

const plain = "return function() return 'ok' end";

test("a skill whose required dependency is missing fails with the reason, and the others load", async t => {
  const skills = {
    demo: {
      "skill.yaml": manifest(),
      "dependencies.yaml": needs("https://example.com", ["tool"]),
      "runtime/run.lua": plain,
    },
    other: plain,
  };
  const { folder, root, engine } = await rootWith(t, skills);
  const report = await engine.load([root]);
  assert.deepEqual(report.loaded, ["other"]);
  assert.match(
    report.failed[0]?.error ?? "",
    /^tool tool-dep 1\.0\.0 is missing: network download is disabled by host policy/,
  );
  assert.equal(engine.has("demo-run"), false);
  assert.deepEqual(readdirSync(folder), ["skills"]);
});

test("a skill whose optional dependency is missing loads, and the log says what it does without", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", status(404));
  const skill = {
    "skill.yaml": manifest(),
    "dependencies.yaml": needs(server.base, ["tool"], "    required: false\n"),
    "runtime/run.lua": plain,
  };
  const { root, engine, logged } = await rootWith(t, { demo: skill }, { allowNetworkDownload: true });
  assert.deepEqual((await engine.load([root])).loaded, ["demo"]);
  const warning = logged.find(({ level }) => level === "warn");
  assert.match(
    warning?.message ?? "",
    /demo: tool tool-dep 1\.0\.0 is missing, which it can do without: .*HTTP 404$/,
  );
});

test("a broken dependencies.yaml fails its skill alone", async t => {
  const skill = {
    "skill.yaml": manifest(),
    "dependencies.yaml": "tool_dependencies: 1",
    "runtime/run.lua": plain,
  };
  const { root, engine } = await rootWith(t, { demo: skill, other: plain });
  const report = await engine.load([root]);
  assert.deepEqual(report.loaded, ["other"]);
  assert.match(report.failed[0]?.error ?? "", /^dependencies\.yaml: tool_dependencies must be a list/);
});

test("after a reload that misses a dependency the last good version serves", async t => {
  const { root, engine } = await rootWith(t, { demo: plain });
  await engine.load([root]);
  writeFileSync(join(root.skillsDir, "demo", "dependencies.yaml"), needs("https://example.com", ["tool"]));
  const report = await engine.reload();
  assert.deepEqual(report.kept, ["demo"]);
  assert.equal((await engine.call("demo-run")).content, "ok");
});

test("a skill that is switched off or broken gets no dependencies", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", ok("x"));
  const text = needs(server.base, ["tool"]);
  const skills = {
    off: { "skill.yaml": "enable: false", "dependencies.yaml": text },
    broken: { "skill.yaml": "entries: 1", "dependencies.yaml": text },
  };
  const { folder, root, engine } = await rootWith(t, skills, { allowNetworkDownload: true });
  await engine.load([root]);
  assert.deepEqual(server.asked, []);
  assert.equal(existsSync(join(folder, "dependencies")), false);
});

test("a file that has the digest of the manifest is taken from the download folder of the options", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", ok("x"));
  const downloads = join(temporaryFolder(t), "downloads");
  const text = needs(server.base, ["tool"]).replace(
    "        exports",
    `        sha256: ${sha256("x")}\n        exports`,
  );
  const skill = { "skill.yaml": manifest(), "dependencies.yaml": text, "runtime/run.lua": plain };
  const first = await rootWith(
    t,
    { demo: skill },
    { allowNetworkDownload: true, downloadCacheDir: downloads },
  );
  await first.engine.load([first.root]);
  const second = await rootWith(t, { demo: skill }, { downloadCacheDir: downloads });
  assert.deepEqual((await second.engine.load([second.root])).loaded, ["demo"]);
  assert.equal(server.asked.length, 1);
  assert.equal(readdirSync(downloads).length, 1);
});

test("an engine that is closed during a download ends it", async t => {
  const server = await loopbackServer(t);
  const skill = {
    "skill.yaml": manifest(),
    "dependencies.yaml": needs(server.base, ["tool"]),
    "runtime/run.lua": plain,
  };
  const { root, engine } = await rootWith(t, { demo: skill }, { allowNetworkDownload: true });
  let closed: Promise<void> | undefined;
  server.on("/tool", (request, response) => {
    stalled(Buffer.alloc(1_000), 10)(request, response);
    closed = engine.close({ drainMs: 0 });
  });
  await assert.rejects(engine.load([root]), { code: "ENGINE_CLOSED" });
  await closed;
});
