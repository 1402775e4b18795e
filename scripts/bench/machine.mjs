import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { luajitFolder, repository } from "./luajit-build.mjs";

const require = createRequire(import.meta.url);

function packageVersion(name) {
  const entry = path.dirname(require.resolve(name));
  for (let folder = entry; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
      if (manifest.name === name) return manifest.version;
    } catch {
      // Not the package's own folder yet.
    }
  }
  return "unknown";
}

function git(...args) {
  const result = spawnSync("git", args, { cwd: repository, encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** What a reader needs to judge the figures: machine, load, versions, commit. */
export function describeMachine() {
  const [cpu] = os.cpus();
  const changed = git("status", "--porcelain", "--untracked-files=no");
  return {
    cpu: `${cpu?.model.trim() ?? "unknown"} × ${os.availableParallelism()}`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    loadBefore: os.loadavg()[0].toFixed(2),
    node: process.version,
    v8: process.versions.v8,
    luajit: execFileSync(path.join(luajitFolder(), "luajit"), ["-v"], { encoding: "utf8" }).split(" -- ")[0],
    wasmoon: packageVersion("wasmoon"),
    fengari: packageVersion("fengari"),
    luaskills: JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8")).version,
    commit: `${git("rev-parse", "--short", "HEAD") ?? "none"}${changed ? " with changes" : ""}`,
    date: new Date().toISOString(),
  };
}
