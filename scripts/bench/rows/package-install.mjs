import assert from "node:assert/strict";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SkillEngine } from "luaskills";
import yauzl from "yauzl";
import { servePackage } from "../drivers/package-server.mjs";
import { costs } from "../verdict.mjs";

const bytes = 5 * 1024 * 1024;
const files = 100;
const times = 5;

/** Milliseconds of the quickest of some runs, each in a folder of its own: the first ones load libraries and warm caches. */
async function quickest(run) {
  const server = await servePackage({ files, bytes });
  const folder = mkdtempSync(path.join(os.tmpdir(), "luaskills-package-"));
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const own = path.join(folder, String(i));
    mkdirSync(own);
    best = Math.min(best, await run(server, own));
  }
  server.close();
  rmSync(folder, { recursive: true, force: true });
  return { milliseconds: best };
}

/** What somebody writes who trusts the archive. */
async function downloadAndUnzip({ address }, folder) {
  const start = performance.now();
  const file = path.join(folder, "package.zip");
  const response = await fetch(address);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
  const zip = await yauzl.openPromise(file);
  for await (const entry of zip.eachEntry()) {
    const target = path.join(folder, entry.fileName);
    mkdirSync(path.dirname(target), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
  }
  return performance.now() - start;
}

async function install({ base }, folder) {
  const engine = await SkillEngine.create({ allowNetworkDownload: true, github: { apiBaseUrl: base } });
  await engine.load([{ name: "ROOT", skillsDir: path.join(folder, "skills") }]);
  const start = performance.now();
  const { status } = await engine.skills.install({ source: "acme/bench" });
  const milliseconds = performance.now() - start;
  assert.equal(status, "installed");
  assert.equal((await engine.call("bench-run")).content, "ok");
  await engine.close();
  return milliseconds;
}

export default {
  title: `Install of a package of ${bytes / 1024 / 1024} MiB in ${files} files from loopback`,
  note:
    "Against a download with fetch and an unzip with yauzl that checks nothing and flushes nothing. An install also verifies\n" +
    "the checksum and the archive, flushes every file to the disk, loads the skill and switches to it.",
  trials: {
    plain: () => quickest(downloadAndUnzip),
    install: () => quickest(install),
  },
  report: ({ plain, install }) => [
    costs("engine.skills.install", "ms", install.milliseconds, "download and unzip", plain.milliseconds, 3),
  ],
};
