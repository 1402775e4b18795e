// Builds the vendored LuaJIT with its own makefile into native/build/luajit-<variant>-<platform>-<arch>/src: a static,
// position-independent libluajit.a with hidden symbols, the generated headers, and the `luajit` binary of the same source.
//
//   node scripts/build-luajit.mjs [--variant release|assert] [--arch ARCH]
//
// `assert` is for sanitizer builds: VM and API assertions, and the system's allocator so that ASan sees every block.
// For another arch than this machine's, CROSS names the toolchain's prefix (Debian's for arm64 is the default).
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sha256 } from "./tree-digest.mjs";
import { vendorLuajit } from "./vendor-luajit.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

// Our own code includes LuaJIT's internal headers, so it is compiled with the same defines; sources.gypi holds them.
// CHECKHOOK lets another thread stop compiled code; without the profiler no process-wide SIGPROF timer collides with Node's.
const { luajit_defines, luajit_assert_defines } = JSON.parse(
  readFileSync(join(root, "native/sources.gypi"), "utf8"),
).variables;
const VARIANTS = { release: luajit_defines, assert: [...luajit_defines, ...luajit_assert_defines] };
const CROSS_PREFIX = { arm64: "aarch64-linux-gnu-", x64: "x86_64-linux-gnu-" };
const MACOS_TARGET = "11.0";

function run(command, args, options) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, ...options });
  if (result.error || result.status !== 0) {
    const output = result.error?.message ?? `${result.stdout}${result.stderr}`;
    throw new Error(`${command} ${args.join(" ")} failed in ${options.cwd}:\n${output}`);
  }
  return result.stdout;
}

// A node-gyp build calls this script below its own make: neither its job server nor flags meant for other code come in.
function cleanEnvironment(extra) {
  const env = { ...process.env, ...extra };
  for (const name of [
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
  ]) {
    delete env[name];
  }
  return env;
}

/** Prefix of the compilers for `arch`; empty for this machine's own. */
export function crossPrefix(arch) {
  if (process.env.CROSS) return process.env.CROSS;
  if (arch === process.arch || process.platform !== "linux") return "";
  if (!CROSS_PREFIX[arch])
    throw new Error(`no cross compiler is known for ${arch}: name its prefix in CROSS`);
  return CROSS_PREFIX[arch];
}

function makeArguments(variant, arch) {
  const defines = VARIANTS[variant].map(name => `-D${name}`).join(" ");
  const cross = crossPrefix(arch);
  const args = [
    "BUILDMODE=static",
    `XCFLAGS=${defines}`,
    "TARGET_FLAGS=-fPIC",
    "TARGET_CFLAGS=-fvisibility=hidden",
  ];
  if (cross) args.push(`CROSS=${cross}`, "HOST_CC=gcc", "TARGET_SYS=Linux");
  return args;
}

// Names the compiler, so that a tree built for glibc is rebuilt in a musl container that shares the folder.
function toolchain(arch) {
  if (process.platform === "win32") return "msvc";
  return run(`${crossPrefix(arch)}gcc`, ["-dumpmachine"], { cwd: root, env: cleanEnvironment({}) }).trim();
}

function compileWithMake(tree, variant, arch) {
  const env = cleanEnvironment({
    MACOSX_DEPLOYMENT_TARGET: process.env.MACOSX_DEPLOYMENT_TARGET ?? MACOS_TARGET,
  });
  run("make", ["-j", String(availableParallelism()), ...makeArguments(variant, arch)], {
    cwd: join(tree, "src"),
    env,
  });
}

// msvcbuild.bat knows no defines of ours; the compiler itself reads further options from CL.
function compileWithMsvc(tree, variant) {
  const CL = VARIANTS[variant].map(name => `/D${name}`).join(" ");
  run("cmd.exe", ["/d", "/c", "msvcbuild.bat", "static"], {
    cwd: join(tree, "src"),
    env: { ...process.env, CL },
  });
}

/** Path of the build folder of a variant, whether it is built or not. */
export function luajitFolder(variant = "release", arch = process.arch) {
  return join(root, "native/build", `luajit-${variant}-${process.platform}-${arch}`);
}

/** Vendors and builds the variant unless it is up to date; returns its folder. */
export async function buildLuajit(variant = "release", arch = process.arch) {
  if (!VARIANTS[variant])
    throw new Error(`unknown variant ${variant}: one of ${Object.keys(VARIANTS).join(", ")}`);
  const vendored = await vendorLuajit();
  const folder = luajitFolder(variant, arch);
  const inputs = ["native/luajit.lock.json", "scripts/build-luajit.mjs"];
  const stamp = sha256(inputs.map(path => readFileSync(join(root, path), "utf8")).join("") + toolchain(arch));
  const stampFile = join(folder, "luaskills-build.sha256");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return folder;
  console.error(`building LuaJIT (${variant}, ${process.platform}-${arch})`);
  const work = `${folder}.${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(dirname(work), { recursive: true });
  cpSync(vendored, work, { recursive: true });
  if (process.platform === "win32") compileWithMsvc(work, variant);
  else compileWithMake(work, variant, arch);
  writeFileSync(join(work, "luaskills-build.sha256"), stamp);
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
  return folder;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      variant: { type: "string", default: "release" },
      arch: { type: "string", default: process.arch },
    },
  });
  try {
    console.log(await buildLuajit(values.variant, values.arch));
  } catch (error) {
    console.error(`build-luajit: ${error.message}`);
    process.exitCode = 1;
  }
}
