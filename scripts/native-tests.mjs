// Native tests and fuzzing of the core, instrumented, without Node: builds with CMake in native/build/<name>.
import { existsSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root, run } from "./run-command.mjs";

const BUILDS = {
  asan: ["-DSANITIZE=address,undefined", "-DLUASKILLS_FUZZ=ON"],
  tsan: ["-DSANITIZE=thread"],
};

const environment = {
  ...process.env,
  UBSAN_OPTIONS: "print_stacktrace=1",
  TSAN_OPTIONS: tsanOptions(),
};

function tsanOptions() {
  const suppressions = join(root, "native/test/tsan.suppressions");
  return existsSync(suppressions) ? `halt_on_error=1 suppressions=${suppressions}` : "halt_on_error=1";
}

function buildWith(name) {
  const folder = join(root, "native/build", name);
  const options = [
    "-DCMAKE_C_COMPILER=clang",
    "-DCMAKE_CXX_COMPILER=clang++",
    "-DLUASKILLS_ADDON=OFF",
    ...BUILDS[name],
  ];
  run("cmake", ["-S", "native", "-B", folder, ...options], { stdio: ["ignore", "ignore", "inherit"] });
  run("cmake", ["--build", folder, "-j", String(availableParallelism())]);
  return folder;
}

/** `name`: "asan" (ASan and UBSan) or "tsan". */
export function runNativeTests(name) {
  run(join(buildWith(name), "native_tests"), [], { env: environment });
}

/** Fuzzes the JSON reader; new inputs are kept in native/build/fuzz-corpus, a crashing one in native/build. */
export function fuzzJson(seconds) {
  const folder = buildWith("asan");
  const corpus = join(root, "native/build/fuzz-corpus");
  mkdirSync(corpus, { recursive: true });
  const seeds = join(root, "native/test/corpus/json");
  const artifacts = `-artifact_prefix=${join(root, "native/build")}/`;
  const limits = [`-max_total_time=${seconds}`, "-timeout=10", "-verbosity=0", "-print_final_stats=1"];
  run(join(folder, "json_fuzz"), [...limits, artifacts, corpus, seeds], { env: environment });
}
