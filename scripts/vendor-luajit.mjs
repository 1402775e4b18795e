// Fills native/vendor/luajit with the LuaJIT source that native/luajit.lock.json pins, and proves that it is that source.
//
//   node scripts/vendor-luajit.mjs [--verify] [--into DIR]
//
// An archive is trusted by the digest of its tree, so differently compressed archives of one release are equal. The
// vendored tree (our patches applied, files nobody builds left out) has a digest of its own: a tampered copy is an error.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { applyPatch } from "./apply-patch.mjs";
import { sha256, treeDigest } from "./tree-digest.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, "native/luajit.lock.json");
const lock = JSON.parse(readFileSync(lockFile, "utf8"));

function expectDigest(what, found, expected) {
  if (found !== expected) {
    throw new Error(
      `${what} does not match native/luajit.lock.json\n  expected SHA-256 ${expected}\n  found            ${found}`,
    );
  }
}

/** Base addresses of the Debian archive this machine is configured for; empty where there is no apt. */
function debianArchives() {
  const apt = spawnSync("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], {
    encoding: "utf8",
  });
  if (apt.error || apt.status !== 0) return [];
  return [...new Set(apt.stdout.split("\n").filter(line => /^https?:/.test(line)))];
}

// apt's own downloader knows the machine's proxies, mirrors and credentials.
function downloadWithApt(url, file) {
  const helper = spawnSync("/usr/lib/apt/apt-helper", ["download-file", url, file], { encoding: "utf8" });
  return !helper.error && helper.status === 0;
}

async function downloadFromDebian(archive, folder) {
  const file = join(folder, "luajit.tar.xz");
  for (const base of debianArchives()) {
    if (downloadWithApt(base + archive.path, file)) return file;
  }
  return undefined;
}

async function downloadRelease(archive, folder) {
  const file = join(folder, "luajit.tar.gz");
  const response = await fetch(archive.url);
  if (!response.ok) throw new Error(`${archive.url} answered ${response.status} ${response.statusText}`);
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

async function obtainArchive(folder) {
  const local = process.env.LUASKILLS_LUAJIT_SOURCE;
  if (local) {
    if (!existsSync(local)) throw new Error(`LUASKILLS_LUAJIT_SOURCE names ${local}, which does not exist`);
    return resolve(local);
  }
  const { debian, release } = lock.archives;
  const file = await downloadFromDebian(debian, folder);
  if (file) {
    expectDigest(`the archive ${debian.path}`, sha256(readFileSync(file)), debian.sha256);
    return file;
  }
  try {
    return await downloadRelease(release, folder);
  } catch (error) {
    throw new Error(
      `the LuaJIT source could not be fetched: no Debian archive configured here has ${debian.path}, and ` +
        `${release.url} failed (${error.cause?.message ?? error.message}). Put an archive of ${lock.name} ${lock.version} ` +
        "anywhere and name it in the environment variable LUASKILLS_LUAJIT_SOURCE",
    );
  }
}

/** Unpacks the archive below `folder` and returns its single top folder, verified. */
function unpack(archive, folder) {
  const out = join(folder, "unpacked");
  mkdirSync(out);
  const tar = spawnSync("tar", ["-xf", archive, "-C", out], { encoding: "utf8" });
  if (tar.error || tar.status !== 0) {
    throw new Error(
      `cannot unpack ${archive} (tar and xz are needed): ${tar.error?.message ?? tar.stderr.trim()}`,
    );
  }
  const entries = readdirSync(out);
  if (entries.length !== 1)
    throw new Error(`${archive} should hold one folder, it holds ${entries.length} entries`);
  const tree = join(out, entries[0]);
  expectDigest(`the source tree in ${archive}`, treeDigest(tree), lock.tree.sha256);
  return tree;
}

function applyPatches(tree) {
  for (const { file, sha256: expected } of lock.patches) {
    const text = readFileSync(join(root, "native/patches", file), "utf8");
    expectDigest(`native/patches/${file}`, sha256(text), expected);
    applyPatch(tree, text, file);
  }
}

/**
 * True when `vendored` holds exactly the pinned tree, false when it is absent or comes, untouched, from an older lock
 * file; throws when somebody changed it.
 */
export function verifyVendored(vendored) {
  if (!existsSync(vendored)) return false;
  const found = treeDigest(vendored);
  if (found === lock.vendored.sha256) return true;
  const stamp = `${vendored}.sha256`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8").trim() === found) return false;
  expectDigest(`the vendored tree ${vendored} (delete it to fetch it again)`, found, lock.vendored.sha256);
  return true;
}

/** Brings `vendored` to the state the lock file pins. */
export async function vendorLuajit(vendored = join(root, "native/vendor/luajit")) {
  if (verifyVendored(vendored)) return vendored;
  mkdirSync(dirname(vendored), { recursive: true });
  // Beside the target, so that the final rename stays on one file system.
  const folder = mkdtempSync(join(dirname(vendored), ".luajit-"));
  try {
    const tree = unpack(await obtainArchive(folder), folder);
    for (const path of lock.omit) rmSync(join(tree, path), { recursive: true });
    applyPatches(tree);
    const digest = treeDigest(tree);
    expectDigest("the patched source tree", digest, lock.vendored.sha256);
    rmSync(vendored, { recursive: true, force: true });
    renameSync(tree, vendored);
    writeFileSync(`${vendored}.sha256`, `${digest}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return vendored;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { verify: { type: "boolean" }, into: { type: "string" } } });
  const vendored = resolve(values.into ?? join(root, "native/vendor/luajit"));
  try {
    if (values.verify && !verifyVendored(vendored)) {
      throw new Error(
        `${vendored} is absent or older than native/luajit.lock.json: run node scripts/vendor-luajit.mjs`,
      );
    }
    if (!values.verify) await vendorLuajit(vendored);
    console.log(`${lock.name} ${lock.version} verified in ${vendored}`);
  } catch (error) {
    console.error(`vendor-luajit: ${error.message}`);
    process.exitCode = 1;
  }
}
