// better-sqlite3 12 is compiled for one major version of Node. Its loader also looks into lib/binding/<ABI>, so that the
// binaries of several lie there side by side, and the tests of every Node find their own in the one node_modules.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./run-command.mjs";

const folder = join(root, "node_modules/better-sqlite3");
// Where npm's install leaves the binary for the Node that ran it. Looked at first, and then no other is.
const installed = join(folder, "build/Release/better_sqlite3.node");

function bindingOf(abi) {
  return join(folder, `lib/binding/node-v${abi}-${process.platform}-${process.arch}/better_sqlite3.node`);
}

/** Opens a database in a process of that Node. Returns undefined, or what went wrong. */
function failureOn(binary) {
  const program = "new (require('better-sqlite3'))(':memory:').close()";
  const { status, signal, stderr } = spawnSync(binary, ["-e", program], { cwd: root, encoding: "utf8" });
  return status === 0 ? undefined : stderr.trim() || `ended by ${signal}`;
}

/** Makes room: npm's binary goes to the place of its ABI, which another Node names when it complains; a broken one goes. */
function clearInstalled(complaint) {
  const abi = /using\s+NODE_MODULE_VERSION (\d+)/.exec(complaint)?.[1];
  if (abi === undefined) return rmSync(installed);
  mkdirSync(dirname(bindingOf(abi)), { recursive: true });
  renameSync(installed, bindingOf(abi));
}

/** Compiles the installed version into build/nodes/<major>, once. Returns the binary. */
function compile({ binary, major, headers }) {
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const stage = join(root, `build/nodes/${major}/better-sqlite3-${version}`);
  const kept = `${stage}.node`;
  if (existsSync(kept)) return kept;
  console.log(`better-sqlite3 ${version} is compiled for Node ${major}`);
  rmSync(stage, { recursive: true, force: true });
  for (const part of ["binding.gyp", "package.json", "deps", "src"]) {
    cpSync(join(folder, part), join(stage, part), { recursive: true });
  }
  const gyp = join(root, "node_modules/node-gyp/bin/node-gyp.js");
  const args = ["rebuild", "--release", "--loglevel=error", "--jobs", String(availableParallelism())];
  // The environment, as npm may have exported another nodedir there, which would count more than an argument.
  const env = { ...process.env, ...headers };
  const result = spawnSync(binary, [gyp, ...args], { cwd: stage, env, encoding: "utf8" });
  if (result.status !== 0)
    throw new Error(`better-sqlite3 cannot be compiled for Node ${major}:\n${result.stderr}`);
  renameSync(join(stage, "build/Release/better_sqlite3.node"), kept);
  rmSync(stage, { recursive: true });
  return kept;
}

function provide(node) {
  const failure = failureOn(node.binary);
  if (failure === undefined) return;
  if (existsSync(installed)) {
    clearInstalled(failure);
    return provide(node);
  }
  const abi = spawnSync(node.binary, ["-p", "process.versions.modules"], { encoding: "utf8" }).stdout.trim();
  const target = bindingOf(abi);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(compile(node), `${target}.part`);
  renameSync(`${target}.part`, target);
}

/**
 * Makes better-sqlite3, where it is installed, load on these Nodes ({ major, binary, headers }); compiles it where that
 * takes it. Interrupted at any point, the next run goes on from there.
 */
export function provideSqlite(nodes) {
  if (existsSync(folder)) for (const node of nodes) provide(node);
}
