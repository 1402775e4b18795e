// Updates from releases of a server that plays GitHub.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { ProgressEvent } from "luaskills";
import type { Scope } from "../skills/skill-tree.js";
import { writeSkill } from "../skills/skill-tree.js";
import { type LoopbackServer, loopbackServer } from "./loopback-server.js";
import { githubAt, publish, skillRelease } from "./releases.js";
import { answer, answering, emptyRuntime, litter } from "./runtime.js";

const repo = "owner/demo";

function release(server: LoopbackServer, ...versions: string[]): void {
  publish(
    server,
    repo,
    versions.map(version => skillRelease("demo", version)),
  );
}

async function setUp(t: Scope, ...versions: string[]) {
  const server = await loopbackServer(t);
  release(server, ...versions);
  const runtime = await emptyRuntime(t, { allowNetworkDownload: true, github: githubAt(server) });
  return { server, ...runtime };
}

test("a release is installed and updated when there is a newer one", async t => {
  const runtime = await setUp(t, "1.0.0");
  const { engine, server } = runtime;
  const installed = await engine.skills.install({ source: repo });
  assert.deepEqual(installed, {
    skillId: "demo",
    status: "installed",
    message: "skill demo 1.0.0 was installed from github owner/demo",
    version: "1.0.0",
    sourceType: "github",
    sourceLocator: repo,
  });
  assert.equal(await answer(engine), "1.0.0");
  const current = await engine.skills.update({ skillId: "demo" });
  assert.equal(current.status, "up_to_date");
  assert.equal(current.message, "skill demo is already on version 1.0.0");
  release(server, "1.1.0", "1.0.0");
  const updated = await engine.skills.update({ source: "https://github.com/owner/demo" });
  assert.deepEqual([updated.status, updated.previousVersion, updated.version], ["updated", "1.0.0", "1.1.0"]);
  assert.equal(await answer(engine), "1.1.0");
  const info = await engine.skills.info("demo");
  assert.deepEqual(info?.source, { type: "github", locator: repo, tag: "v1.1.0" });
  assert.deepEqual(litter(runtime), []);
});

test("an update stays within the range of the install until latest takes it back", async t => {
  const { engine, server } = await setUp(t, "2.0.0", "1.1.0", "1.0.0");
  const { version } = await engine.skills.install({ source: `${repo}@^1` });
  assert.equal(version, "1.1.0");
  assert.equal((await engine.skills.info("demo"))?.source?.range, "^1");
  const within = await engine.skills.update({ skillId: "demo" });
  assert.deepEqual(
    [within.status, within.message],
    ["up_to_date", "skill demo is already on version 1.1.0, which is the newest within ^1"],
  );
  release(server, "2.0.0", "1.2.0", "1.1.0");
  assert.equal((await engine.skills.update({ skillId: "demo" })).version, "1.2.0");
  assert.equal((await engine.skills.info("demo"))?.source?.range, "^1");
  assert.equal((await engine.skills.update({ skillId: "demo", version: "latest" })).version, "2.0.0");
  assert.equal((await engine.skills.info("demo"))?.source?.range, undefined);
});

test("a version that is named exactly is taken, be it older", async t => {
  const { engine } = await setUp(t, "1.1.0", "1.0.0");
  await engine.skills.install({ source: repo });
  const back = await engine.skills.update({ skillId: "demo", version: "1.0.0" });
  assert.deepEqual([back.status, back.previousVersion, back.version], ["updated", "1.1.0", "1.0.0"]);
  assert.equal(await answer(engine), "1.0.0");
  assert.equal((await engine.skills.update({ skillId: "demo" })).status, "up_to_date");
  // A range does not lead back.
  assert.equal((await engine.skills.update({ skillId: "demo", version: "<=1.0.0" })).status, "up_to_date");
});

test("a dry run downloads no package and says what would change", async t => {
  const { engine, server } = await setUp(t, "1.0.0");
  await engine.skills.install({ source: repo });
  release(server, "1.1.0", "1.0.0");
  const plan = await engine.skills.update({ skillId: "demo" }, { dryRun: true });
  assert.deepEqual(plan, {
    skillId: "demo",
    status: "planned",
    message: "skill demo would be updated from 1.0.0 to 1.1.0, from github owner/demo",
    version: "1.1.0",
    previousVersion: "1.0.0",
    sourceType: "github",
    sourceLocator: repo,
  });
  assert.equal(
    server.asked.some(({ path }) => path.endsWith("demo-v1.1.0-skill.zip")),
    false,
  );
  assert.equal(await answer(engine), "1.0.0");
});

test("progress of a download has its bytes, its total and the percentage", async t => {
  const { engine } = await setUp(t, "1.0.0");
  const events: ProgressEvent[] = [];
  engine.on("progress", event => events.push(event));
  await engine.skills.install({ source: repo });
  const downloads = events.filter(
    ({ phase, status }) => phase === "downloading_archive" && status !== "started",
  );
  assert.ok(downloads.length > 0);
  const last = downloads.at(-1);
  assert.ok(last?.bytesDone);
  assert.ok(downloads.every(({ percent }) => percent === null || (percent >= 0 && percent <= 100)));
  assert.deepEqual([last.sourceType, last.sourceLocator, last.skillId], ["github", repo, "demo"]);
});

test("without the host's permission nothing is asked of the network", async t => {
  const server = await loopbackServer(t);
  release(server, "1.0.0");
  const { engine } = await emptyRuntime(t, { github: githubAt(server) });
  await assert.rejects(engine.skills.install({ source: repo }), {
    code: "SKILL_DENIED",
    message: /allowNetworkDownload/,
  });
  assert.deepEqual(server.asked, []);
});

test("a skill that was put there by hand is not updated", async t => {
  const { engine, root } = await setUp(t, "1.1.0");
  writeSkill(root.skillsDir, "demo", answering("1.0.0", "mine"));
  await engine.reload();
  await assert.rejects(engine.skills.update({ skillId: "demo" }), {
    code: "SKILL_REQUEST",
    message: /put there by hand and cannot be updated/,
  });
  assert.equal(await answer(engine), "mine");
});

test("an update from another source than the one of the install is refused", async t => {
  const { engine, folder } = await setUp(t, "1.0.0");
  await engine.skills.install({ source: repo });
  for (const request of [{ source: "other/demo" }, { skillId: "demo", source: join(folder, "demo") }]) {
    await assert.rejects(engine.skills.update(request), {
      code: "SKILL_REQUEST",
      message: /was installed from github owner\/demo: uninstall it first to get it from/,
    });
  }
});

test("an update whose package is refused leaves the old version serving and on the disk", async t => {
  const runtime = await setUp(t, "1.0.0");
  const { engine, server } = runtime;
  await engine.skills.install({ source: repo });
  const broken = skillRelease("demo", "1.1.0");
  publish(server, repo, [
    {
      ...broken,
      assets: broken.assets.map(asset =>
        asset.name.endsWith(".txt")
          ? { ...asset, body: `${"0".repeat(64)}  demo-v1.1.0-skill.zip\n` }
          : asset,
      ),
    },
  ]);
  await assert.rejects(engine.skills.update({ skillId: "demo" }), {
    code: "SKILL_PACKAGE",
    message: /wrong checksum/,
  });
  assert.equal(await answer(engine), "1.0.0");
  assert.equal((await engine.skills.info("demo"))?.version, "1.0.0");
  assert.deepEqual(litter(runtime), []);
});

test("a skill that was edited or broken by hand is repaired by an update", async t => {
  const { engine, server, root } = await setUp(t, "1.0.0");
  await engine.skills.install({ source: repo });
  writeSkill(root.skillsDir, "demo", { "skill.yaml": "{ [" });
  release(server, "1.1.0");
  assert.equal((await engine.skills.update({ skillId: "demo" })).status, "updated");
  assert.equal(await answer(engine), "1.1.0");
});
