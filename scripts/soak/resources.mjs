import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { median, slope } from "../bench/statistics.mjs";

v8.setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Lets finalizers, immediates and closing handles run. */
export async function settle() {
  for (let i = 0; i < 3; i++) {
    collect();
    await sleep(10);
  }
}

/**
 * Has Node open what it keeps for good: a descriptor of the null device, with the first child process, and the threads of its
 * pool, with the first asynchronous file operation.
 */
export async function openForGood() {
  await stat(process.execPath);
  await promisify(execFile)(process.execPath, ["--version"]);
}

function entries(folder) {
  return process.platform === "linux" ? readdirSync(folder).length : 0;
}

/** What a leak leaves open: handles that keep the event loop alive, file descriptors and threads. */
export async function openResources() {
  await settle();
  return {
    handles: process.getActiveResourcesInfo().length,
    descriptors: entries("/proc/self/fd"),
    threads: entries("/proc/self/task"),
  };
}

/**
 * Samples the resident set over a phase of `count` steps, after a collection each time.
 * The first fifth is warm-up and does not count.
 */
export function watchMemory(count) {
  const samples = 40;
  const every = Math.max(1, Math.floor(count / samples));
  const rss = [];
  let next = Math.floor(count / 5);
  return {
    sample(done) {
      if (done < next) return;
      next = done + every;
      collect();
      rss.push([done, process.memoryUsage.rss()]);
    },
    result() {
      const third = Math.max(1, Math.floor(rss.length / 3));
      const bytes = rss.map(([, value]) => value);
      return {
        rss,
        slopePer100k: slope(rss) * 100_000,
        grownBytes: median(bytes.slice(-third)) - median(bytes.slice(0, third)),
      };
    },
  };
}
