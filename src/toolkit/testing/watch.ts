// Runs something again whenever a file of a skill changes.

import { type FSWatcher, watch } from "node:fs";
import { sep } from "node:path";
import { isOutside, type SkillFolder } from "../skill-folder.js";

/** Milliseconds of silence that end a change: editors write a file in several steps. */
const quietMs = 100;

/**
 * Runs it now and after every change, until the signal aborts. A change while it runs ends it and runs it anew.
 *
 * @param run is given a signal that ends it
 */
export async function runOnChange(
  skill: SkillFolder,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    // The watch begins before the run, so that no change falls between the two.
    const changed = new AbortController();
    const stop = () => changed.abort();
    signal.addEventListener("abort", stop, { once: true });
    const watcher = watchFiles(skill, stop);
    try {
      await run(changed.signal);
      await aborted(changed.signal);
    } finally {
      watcher.close();
      signal.removeEventListener("abort", stop);
    }
  }
}

function watchFiles(skill: SkillFolder, changed: () => void): FSWatcher {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(skill.dir, { recursive: true }, (_event, path) => {
    if (path?.split(sep).some(isOutside)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, quietMs);
  });
  // A folder that is removed while it is looked at, for instance; what follows is a change as well.
  watcher.on("error", changed);
  watcher.on("close", () => clearTimeout(timer));
  return watcher;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener("abort", () => resolve(), { once: true }));
}
