// node scripts/clang-tidy.mjs [FILE…]: the C++ sources against .clang-tidy, two at a time. A file that passed is not
// looked at again until it, a header, or the configuration changes.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { nativeFiles } from "./native-files.mjs";
import { root } from "./run-command.mjs";
import { sha256 } from "./tree-digest.mjs";

const build = join(root, "native/build/tidy");
const passedFile = join(build, "passed.json");

function configure() {
  const args = ["-S", "native", "-B", build, "-DCMAKE_CXX_COMPILER=clang++", "-DLUASKILLS_FUZZ=ON"];
  const result = spawnSync("cmake", args, { cwd: root, encoding: "utf8" });
  if (result.error || result.status !== 0) {
    throw new Error(`cmake ${args.join(" ")} failed: ${result.error?.message ?? result.stderr}`);
  }
  const embed = spawnSync("node", ["scripts/embed-bootstrap.mjs"], { cwd: root, stdio: "inherit" });
  if (embed.status !== 0) throw new Error("scripts/embed-bootstrap.mjs failed");
}

function tidy(file) {
  return new Promise((done, fail) => {
    const child = spawn("clang-tidy", ["--quiet", "-p", build, file], { cwd: root });
    let output = "";
    child.stdout.on("data", data => {
      output += data;
    });
    child.on("error", fail);
    child.on("close", status => done({ file, passed: status === 0, output }));
  });
}

function fingerprints() {
  const shared = [...nativeFiles(".h"), join(root, ".clang-tidy"), join(root, "native/sources.gypi")];
  const base = sha256(shared.map(path => readFileSync(path, "utf8")).join("\0"));
  return file => sha256(base + readFileSync(file, "utf8"));
}

async function main() {
  const wanted = process.argv.slice(2).map(path => resolve(path));
  const files = wanted.length > 0 ? wanted : nativeFiles(".cc");
  if (files.length === 0) return;
  configure();
  mkdirSync(dirname(passedFile), { recursive: true });
  const passed = existsSync(passedFile) ? JSON.parse(readFileSync(passedFile, "utf8")) : {};
  const fingerprint = fingerprints();
  const queue = files.filter(file => passed[relative(root, file)] !== fingerprint(file));
  let failures = 0;
  async function worker() {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const result = await tidy(file);
      if (result.passed) passed[relative(root, file)] = fingerprint(file);
      else {
        failures++;
        console.error(result.output);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  writeFileSync(passedFile, JSON.stringify(passed));
  if (failures > 0) throw new Error(`${failures} of ${files.length} files have findings`);
}

try {
  await main();
} catch (error) {
  console.error(`clang-tidy: ${error.message}`);
  process.exitCode = 1;
}
