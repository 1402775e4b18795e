// Notices that files of skills have changed. Events of the file system are hints only: they come twice, early or for
// nothing. A survey after each burst of them decides whether a load would find something else.

import { type FSWatcher, watch } from "node:fs";
import type { HostPaths } from "../packages/paths.js";
import type { SkillRoot } from "../packages/roots.js";
import { mayMatter, type Survey, surveyFiles } from "./survey.js";

/** Editors and installers change several files in a row. */
const quietMs = 100;
/** Changes that never pause are looked at all the same. */
const longestWaitMs = 2_000;

export interface WatchHandlers {
  /** Files differ from what was surveyed before the last load. */
  changed: () => void;
  /** Changes of some folders go unnoticed from now on. */
  failed: (message: string) => void;
}

export class SkillWatcher {
  readonly #paths: HostPaths;
  readonly #handlers: WatchHandlers;
  readonly #watchers = new Map<string, { identity: string; watcher: FSWatcher }>();
  #roots: readonly SkillRoot[] = [];
  #folders: Survey["folders"] = new Map();
  #fingerprint = "";
  #timer: NodeJS.Timeout | undefined;
  #firstHint = 0;
  #checking = false;
  #failed = false;
  #closed = false;

  constructor(paths: HostPaths, handlers: WatchHandlers) {
    this.#paths = paths;
    this.#handlers = handlers;
  }

  /** What the files of a chain are now; to be made before they are loaded. */
  survey(roots: readonly SkillRoot[]): Promise<Survey> {
    return surveyFiles(roots, this.#paths);
  }

  /**
   * Watches this chain from now on, instead of the one before.
   *
   * @param loaded the survey from before the load: what changed since then counts
   */
  follow(roots: readonly SkillRoot[], loaded: Survey): void {
    if (this.#closed) return;
    this.#roots = roots;
    this.#fingerprint = loaded.fingerprint;
    this.#watch(loaded.folders);
    this.#hint();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch(new Map());
  }

  #watch(folders: Survey["folders"]): void {
    this.#folders = folders;
    for (const [path, { identity, watcher }] of this.#watchers) {
      if (folders.get(path)?.identity === identity) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
    for (const [path, { identity }] of folders) {
      if (!this.#watchers.has(path)) this.#watchFolder(path, identity);
    }
  }

  #watchFolder(path: string, identity: string): void {
    try {
      // Watching alone is no reason for a process to go on.
      const watcher = watch(path, { persistent: false }, (_event, name) => {
        const folder = this.#folders.get(path);
        if (folder === undefined || mayMatter(path, folder, name)) this.#hint();
      });
      watcher.on("error", () => {
        // On some platforms this is how the end of the folder shows.
        watcher.close();
        this.#watchers.delete(path);
        this.#hint();
      });
      this.#watchers.set(path, { identity, watcher });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") this.#hint();
      else this.#fail(`changes in ${path} go unnoticed: ${message}`);
    }
  }

  /** Limits of the system concern every folder, so they are told once. */
  #fail(message: string): void {
    if (!this.#failed) this.#handlers.failed(message);
    this.#failed = true;
  }

  #hint(): void {
    if (this.#closed) return;
    const now = performance.now();
    if (this.#timer === undefined) this.#firstHint = now;
    clearTimeout(this.#timer);
    const delay = Math.max(0, Math.min(quietMs, this.#firstHint + longestWaitMs - now));
    this.#timer = setTimeout(() => void this.#check(), delay).unref();
  }

  async #check(): Promise<void> {
    this.#timer = undefined;
    if (this.#checking) return this.#hint();
    this.#checking = true;
    try {
      const roots = this.#roots;
      const survey = await this.survey(roots);
      if (this.#closed || roots !== this.#roots) return;
      this.#watch(survey.folders);
      if (survey.fingerprint === this.#fingerprint) return;
      this.#fingerprint = survey.fingerprint;
      this.#handlers.changed();
    } finally {
      this.#checking = false;
    }
  }
}
