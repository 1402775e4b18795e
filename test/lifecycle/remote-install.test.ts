// Whole operations over the network: packages from releases, with dependencies from elsewhere.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ProgressEvent, SkillError } from "luaskills";
import { platformName } from "#dist/lifecycle/dependencies/platform.js";
import type { Scope } from "../skills/skill-tree.js";
import { type LoopbackServer, loopbackServer, ok, status } from "./loopback-server.js";
import { githubAt, publish, skillRelease, skillZip } from "./releases.js";
import { answer, emptyRuntime, litter, tree } from "./runtime.js";

const repo = "acme/demo";
const here = platformName(process.platform, process.arch) ?? assert.fail("tests need a platform with a name");

async function setUp(t: Scope) {
  const server = await loopbackServer(t);
  return { server, ...(await emptyRuntime(t, { allowNetworkDownload: true, github: githubAt(server) })) };
}

/** A dependencies.yaml with one tool in this version. */
function needing(server: LoopbackServer, version: string): string {
  return `tool_dependencies:
  - name: tool
    version: ${version}
    source: { type: url }
    packages:
      ${here}:
        url: ${server.base}/tool-${version}
        exports: [{ archive_path: tool, target_path: tool }]
`;
}

function publishNeeding(server: LoopbackServer, ...versions: string[]): void {
  const release = (version: string) =>
    skillRelease(
      "demo",
      version,
      skillZip("demo", version, { "dependencies.yaml": needing(server, version) }),
    );
  publish(server, repo, versions.map(release));
  for (const version of versions) server.on(`/tool-${version}`, ok(`tool ${version}`));
}

test("a release is installed, updated within its range, and told byte by byte", async t => {
  const { server, engine } = await setUp(t);
  publish(server, repo, [skillRelease("demo", "1.0.0")]);
  const events: ProgressEvent[] = [];
  engine.on("progress", event => events.push(event));
  await engine.skills.install({ source: `${repo}@^1` });
  assert.equal(await answer(engine), "1.0.0");
  const last = events.findLast(
    ({ phase, status }) => phase === "downloading_archive" && status === "progress",
  );
  assert.equal(last?.bytesDone, skillZip("demo", "1.0.0").length);
  assert.equal(last?.percent, 100);

  publish(
    server,
    repo,
    ["2.0.0", "1.1.0", "1.0.0"].map(version => skillRelease("demo", version)),
  );
  const result = await engine.skills.update({ skillId: "demo" });
  assert.deepEqual([result.status, result.version, result.sourceLocator], ["updated", "1.1.0", repo]);
  assert.equal(await answer(engine), "1.1.0");
});

test("a package with the wrong checksum leaves the old version in place", async t => {
  const { server, engine, ...runtime } = await setUp(t);
  publish(server, repo, [skillRelease("demo", "1.0.0")]);
  await engine.skills.install({ source: repo });
  publish(server, repo, [skillRelease("demo", "1.1.0"), skillRelease("demo", "1.0.0")]);
  server.on(`/files/${repo}/releases/download/v1.1.0/demo-v1.1.0-skill.zip`, ok(skillZip("demo", "6.6.6")));
  await assert.rejects(engine.skills.update({ skillId: "demo" }), (error: SkillError) => {
    assert.equal(error.code, "SKILL_PACKAGE");
    assert.match(error.message, /wrong checksum/);
    return true;
  });
  assert.equal(await answer(engine), "1.0.0");
  assert.deepEqual(litter(runtime), []);
});

test("dependencies come before the switch, old ones go after it, and all go with the skill", async t => {
  const { server, engine, folder, root } = await setUp(t);
  publishNeeding(server, "1.0.0");
  await engine.skills.install({ source: repo });
  const tools = join(folder, "rt/dependencies/tools");
  assert.deepEqual(Object.values(tree(tools)), ["tool 1.0.0"]);
  publishNeeding(server, "1.1.0", "1.0.0");
  await engine.skills.update({ skillId: "demo" });
  assert.deepEqual(Object.values(tree(tools)), ["tool 1.1.0"]);
  await engine.skills.uninstall("demo");
  assert.deepEqual(tree(join(folder, "rt/dependencies", "tools")), {});
  assert.equal(existsSync(join(folder, "rt/dependencies/locks/demo.json")), false);
  assert.equal(existsSync(join(root.skillsDir, "demo")), false);
});

test("a skill whose dependency cannot be had is not installed", async t => {
  const { server, engine, root, ...runtime } = await setUp(t);
  publishNeeding(server, "1.0.0");
  server.on("/tool-1.0.0", status(404));
  await assert.rejects(engine.skills.install({ source: repo }), (error: SkillError) => {
    assert.equal(error.code, "SKILL_DEPENDENCY");
    assert.match(error.message, /tool tool 1\.0\.0 is missing: cannot download .*HTTP 404/);
    return true;
  });
  assert.equal(existsSync(join(root.skillsDir, "demo")), false);
  assert.deepEqual(litter({ root, ...runtime }), []);
});
