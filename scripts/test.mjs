// npm test: everything. npm test -- [--only lint|native|nodes|js]… [FILTER…]
//
// FILTER is a part of a test file's path. The running Node's tests come last, so that their summary is the last thing
// printed; a stage that failed earlier is named before it, and fails the command.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureDatabases } from "./databases.mjs";
import { fuzzJson, runNativeTests } from "./native-tests.mjs";
import { otherNodes } from "./node-versions.mjs";
import { buildPrebuild } from "./prebuild.mjs";
import { root, run, runTool } from "./run-command.mjs";
import { setup } from "./setup.mjs";
import { listFiles } from "./tree-digest.mjs";

const FUZZ_SECONDS = 20;
const compiled = join(root, "build/test");

function lint() {
  run("npm", ["run", "--silent", "lint"]);
}

function native() {
  runNativeTests("asan");
  runNativeTests("tsan");
  fuzzJson(FUZZ_SECONDS);
}

async function compileTests() {
  rmSync(compiled, { recursive: true, force: true });
  runTool("typescript/bin/tsc", ["-p", "test"]);
  // The package test packs what is in prebuilds.
  await buildPrebuild(process.arch);
}

// Node 20 takes no patterns here.
function testArguments(filters) {
  const files = listFiles(compiled)
    .filter(path => path.endsWith(".test.js"))
    .filter(
      path => filters.length === 0 || filters.some(filter => path.replace(/js$/, "ts").includes(filter)),
    )
    .map(path => join(compiled, path));
  if (files.length === 0) throw new Error(`no test file matches ${filters.join(" ")}`);
  return ["--test", "--test-concurrency=2", "--test-reporter=spec", "--test-timeout=300000", ...files];
}

/** The other Node versions: one line each when all is well, the whole output otherwise. */
function testOtherNodes(filters) {
  const failed = [];
  for (const { major, binary } of otherNodes()) {
    const started = Date.now();
    const result = spawnSync(binary, testArguments(filters), {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (result.status !== 0) {
      console.log(result.stdout, result.stderr);
      failed.push(major);
    }
    const count = /^\S+ pass (\d+)$/m.exec(result.stdout)?.[1] ?? "no";
    console.log(
      `Node ${major}: ${count} tests passed, exit ${result.status}, ${Math.round((Date.now() - started) / 1000)} s`,
    );
  }
  if (failed.length > 0) throw new Error(`the tests fail on Node ${failed.join(", ")}`);
}

const { values, positionals: filters } = parseArgs({
  options: { only: { type: "string", multiple: true } },
  allowPositionals: true,
});
const stages = {
  lint,
  native,
  nodes: () => testOtherNodes(filters),
  js: () => run(process.execPath, testArguments(filters)),
};
const wanted = Object.keys(stages).filter(stage => !values.only || values.only.includes(stage));

async function main() {
  if (wanted.length === 0) throw new Error(`--only takes ${Object.keys(stages).join(", ")}`);
  const databases = wanted.includes("nodes") || wanted.includes("js");
  await setup({ forTests: wanted.includes("lint") || wanted.includes("native"), databases });
  if (databases) {
    ensureDatabases(wanted.includes("nodes") ? otherNodes() : []);
    await compileTests();
  }
  for (const stage of wanted) {
    console.log(`\n== ${stage}`);
    try {
      stages[stage]();
    } catch (error) {
      console.error(`FAILED: ${stage}: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

try {
  await main();
} catch (error) {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
}
