import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loopbackServer, ok } from "../loopback-server.js";
import { tree } from "../runtime.js";
import { dependencyRuntime, manifestOf } from "./dependency-runtime.js";

const lines = ["url: https://example.com/tool"];
const offline = { allowed: false };
const at = (version: string, platform = "linux-x64") =>
  `dependencies/tools/demo/tool/${version}/${platform}/bin/tool`;

test("an update removes what the new version does not name, and keeps the rest", async t => {
  const two = (first: string) =>
    manifestOf({ lines, version: first }) + manifestOf({ list: "lua_dependencies", name: "kept", lines });
  const { prepare, dependencies, skill, dir, place, rewrite, lockFile } = dependencyRuntime(
    t,
    two("1.0.0"),
    offline,
  );
  place(at("1.0.0"), "old");
  place("dependencies/lua/demo/kept/1.0.0/linux-x64/bin/tool", "kept");
  await prepare();
  place(at("2.0.0"), "new");
  rewrite(two("2.0.0"));
  await prepare();
  assert.deepEqual(await dependencies.removeStale(skill, skill.skillDir), { problems: [] });
  assert.deepEqual(Object.values(tree(join(dir, "tools"))), ["new"]);
  assert.equal(existsSync(join(dir, "tools/demo/tool/1.0.0")), false);
  assert.deepEqual(Object.values(tree(join(dir, "lua"))), ["kept"]);
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(lockFile, "utf8")).dependencies), [
    "lua/kept/1.0.0/linux-x64",
    "tools/tool/2.0.0/linux-x64",
  ]);
});

test("versions that nobody declared are removed too", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", ok("x"));
  const own = [`url: ${server.base}/tool`];
  const { prepare, dependencies, skill, dir, rewrite } = dependencyRuntime(
    t,
    manifestOf({ lines: own, version: "" }),
  );
  await prepare();
  rewrite("tool_dependencies: []\n");
  assert.deepEqual(await dependencies.removeStale(skill, skill.skillDir), { problems: [] });
  assert.deepEqual(tree(join(dir, "tools")), {});
});

test("an update keeps what no version has ever named, and what belongs to another platform", async t => {
  const { prepare, dependencies, skill, dir, place, rewrite, lockFile } = dependencyRuntime(
    t,
    manifestOf({ lines }),
    offline,
  );
  place(at("1.0.0"), "old");
  place(at("0.5.0"), "somebody's own");
  place(at("1.0.0", "macos-arm64"), "of another machine");
  await prepare();
  const lock = JSON.parse(readFileSync(lockFile, "utf8"));
  lock.dependencies["tools/tool/1.0.0/macos-arm64"] = lock.dependencies["tools/tool/1.0.0/linux-x64"];
  writeFileSync(lockFile, JSON.stringify(lock));
  rewrite("");
  await dependencies.removeStale(skill, skill.skillDir);
  assert.deepEqual(Object.values(tree(join(dir, "tools"))), ["somebody's own", "of another machine"]);
});

test("a record that names other folders removes nothing there", async t => {
  const { dependencies, skill, folder, place, prepare, rewrite, lockFile } = dependencyRuntime(
    t,
    manifestOf({ lines }),
    offline,
  );
  place(at("1.0.0"), "x");
  const victim = place("linux-x64/file", "victim");
  await prepare();
  const lock = JSON.parse(readFileSync(lockFile, "utf8"));
  for (const key of [
    "tools/../../../linux-x64",
    "tools/../../linux-x64",
    "other/a/b/linux-x64",
    "tools/linux-x64",
  ]) {
    lock.dependencies[key] = { origin: "download", files: {} };
  }
  writeFileSync(lockFile, JSON.stringify(lock));
  rewrite("");
  await dependencies.removeStale(skill, skill.skillDir);
  assert.ok(existsSync(victim), folder);
});

test("of a version that came to nothing, downloads are removed and what somebody put there is not", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", ok("x"));
  const manifest =
    manifestOf({ lines: [`url: ${server.base}/tool`] }) +
    manifestOf({ list: "lua_dependencies", name: "own", lines });
  const { prepare, dependencies, skill, dir, place } = dependencyRuntime(t, manifest);
  place("dependencies/lua/demo/own/1.0.0/linux-x64/bin/tool", "by hand");
  await prepare();
  await dependencies.removeStale(skill, join(dir, "nowhere"), { keepAdopted: true });
  assert.deepEqual(tree(join(dir, "tools")), {});
  assert.deepEqual(Object.values(tree(join(dir, "lua"))), ["by hand"]);
});

test("an uninstall removes every dependency of the skill and its record, and nothing else", async t => {
  const { prepare, dependencies, skill, dir, place, lockFile } = dependencyRuntime(
    t,
    manifestOf({ lines }),
    offline,
  );
  place(at("1.0.0"), "x");
  place(at("0.1.0"), "y");
  const others = [place("dependencies/tools/other/file", "z"), place("bin/tool/file", "host")];
  await prepare();
  assert.deepEqual(await dependencies.removeAll(skill), { problems: [] });
  assert.equal(existsSync(join(dir, "tools/demo")), false);
  assert.equal(existsSync(lockFile), false);
  for (const other of others) assert.ok(existsSync(other));
});

test("where there is nothing to remove nothing is made", async t => {
  const { dependencies, skill, dir } = dependencyRuntime(t, "", offline);
  assert.deepEqual(await dependencies.removeAll(skill), { problems: [] });
  assert.deepEqual(await dependencies.removeStale(skill, skill.skillDir), { problems: [] });
  assert.equal(existsSync(dir), false);
});

test("a broken manifest is a problem that is told, not an error", async t => {
  const { prepare, dependencies, skill, place, rewrite } = dependencyRuntime(
    t,
    manifestOf({ lines }),
    offline,
  );
  place(at("1.0.0"), "x");
  await prepare();
  rewrite("tool_dependencies: 1");
  const { problems } = await dependencies.removeStale(skill, skill.skillDir);
  assert.match(problems[0] ?? "", /dependencies\.yaml: tool_dependencies must be a list/);
});
