// What the machine must have: Node, and the compilers of a native build. On Debian, as root, what is missing is installed;
// anywhere else it is named.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run-command.mjs";

const hasCommand = (command, ...args) => !spawnSync(command, args, { stdio: "ignore" }).error;

function hasFuzzer() {
  const clang = spawnSync("clang++", ["-print-file-name=libclang_rt.fuzzer-x86_64.a"], { encoding: "utf8" });
  return !clang.error && (process.arch !== "x64" || existsSync(clang.stdout.trim()));
}

/** The program that the tests of the studio drive: Chromium or Chrome, wherever PATH has it. */
export function findBrowser() {
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap(name => folders.map(folder => join(folder, name))).find(path => existsSync(path));
}

// Package names are Debian's.
const REQUIREMENTS = {
  build: [
    { apt: "g++", found: () => hasCommand("g++", "--version") },
    { apt: "make", found: () => hasCommand("make", "--version") },
    { apt: "xz-utils", found: () => hasCommand("xz", "--version") },
    { apt: "python3", found: () => hasCommand("python3", "--version") },
  ],
  test: [
    { apt: "cmake", found: () => hasCommand("cmake", "--version") },
    { apt: "clang", found: () => hasCommand("clang++", "--version") },
    { apt: "libclang-rt-dev", found: hasFuzzer },
    { apt: "clang-format", found: () => hasCommand("clang-format", "--version") },
    { apt: "clang-tidy", found: () => hasCommand("clang-tidy", "--version") },
    { apt: "chromium", found: () => findBrowser() !== undefined },
    { apt: "doctest-dev", found: () => existsSync("/usr/include/doctest/doctest.h") },
  ],
};

function requireNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20)
    throw new Error(`Node ${process.versions.node} is too old: luaskills needs Node 20 or newer`);
}

/** Makes sure that the named sets ("build", "test") are there, or throws an error that names what is missing. */
export function ensureRequirements(...sets) {
  requireNode();
  if (process.platform === "win32") return; // node-gyp finds Visual Studio by itself and says what is missing.
  const missing = sets.flatMap(set => REQUIREMENTS[set]).filter(({ found }) => !found());
  if (missing.length === 0) return;
  const packages = missing.map(({ apt }) => apt);
  if (!existsSync("/etc/debian_version") || process.getuid() !== 0) {
    throw new Error(`missing on this machine (Debian's package names): ${packages.join(" ")}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], { env });
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env });
}
