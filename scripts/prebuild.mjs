// node scripts/prebuild.mjs [--arch ARCH]: prebuilds/<platform>-<arch>/luaskills.<libc>.node, by prebuildify, stripped.
//
// prebuildify builds from scratch, so it gets a folder of its own and build/ stays as it is. Another arch than this
// machine's needs its cross compilers: CROSS names their prefix, Debian's for arm64 is the default.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nodeHeaders } from "./build.mjs";
import { buildLuajit, crossPrefix } from "./build-luajit.mjs";
import { root, runTool } from "./run-command.mjs";
import { digestOf, unlessUpToDate } from "./up-to-date.mjs";

const { files: packageFiles } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

// Exactly what a build from the published package has, so that every prebuild proves that the list is complete.
const INPUTS = [
  "binding.gyp",
  "package.json",
  "native/sources.gypi",
  "native/exports.map",
  "native/luajit.lock.json",
  "native/patches",
  "native/core",
  "native/sqlite",
  "native/node",
  "native/bootstrap",
  ...packageFiles.filter(path => path.startsWith("scripts/")),
];

function stage(folder, luajit) {
  mkdirSync(folder, { recursive: true });
  for (const path of INPUTS) {
    rmSync(join(folder, path), { recursive: true, force: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  for (const path of ["node_modules", "native/vendor", luajit]) {
    rmSync(join(folder, path), { force: true });
    mkdirSync(join(folder, path, ".."), { recursive: true });
    symlinkSync(join(root, path), join(folder, path), "junction");
  }
}

function compilers(cross) {
  return cross ? { CC: `${cross}gcc`, CXX: `${cross}g++`, AR: `${cross}ar`, LINK: `${cross}g++` } : {};
}

// As prebuildify names it.
function fileName() {
  if (process.platform !== "linux") return "luaskills.node";
  return existsSync("/etc/alpine-release") ? "luaskills.musl.node" : "luaskills.glibc.node";
}

/** Builds the prebuild of `arch` for this platform unless it is up to date. */
export async function buildPrebuild(arch) {
  const luajit = await buildLuajit("release", arch);
  const target = `${process.platform}-${arch}`;
  const folder = join(root, "native/build", `prebuild-${target}`);
  const cross = crossPrefix(arch);
  const args = ["--napi", "--strip", `--strip-bin=${cross}strip`, `--arch=${arch}`];
  args.push(`--target=${process.versions.node}`, `--cwd=${folder}`, `--out=${root}`);
  if (process.platform === "linux") args.push("--tag-libc");
  const gyp = {
    npm_config_jobs: String(availableParallelism()),
    npm_config_loglevel: "warn",
    ...nodeHeaders(),
  };
  const env = { ...process.env, ...compilers(cross), ...gyp };
  const digest = digestOf([...INPUTS, join(relative(root, luajit), "luaskills-build.sha256")]);
  const file = `${target}/${fileName()}`;
  await unlessUpToDate(`prebuild-${file}`, digest, join(root, "prebuilds", file), () => {
    stage(folder, relative(root, luajit));
    runTool("prebuildify/bin.js", args, { cwd: folder, env });
  });
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { arch: { type: "string", default: process.arch } } });
  try {
    await buildPrebuild(values.arch);
  } catch (error) {
    console.error(`prebuild: ${error.message}`);
    process.exitCode = 1;
  }
}
