// What of the file system loading depends on: a fingerprint that differs when a load would read something else, and the
// folders in which such a change shows.

import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { isIdentifier } from "../packages/identifier.js";
import { type HostPaths, stateDir } from "../packages/paths.js";
import type { SkillRoot } from "../packages/roots.js";
import { disabledMarkersDir } from "../packages/state-marker.js";
import { TimeSlice } from "./time-slice.js";

export interface Survey {
  readonly fingerprint: string;
  readonly folders: ReadonlyMap<string, SurveyedFolder>;
}

export interface SurveyedFolder {
  /** Tells a folder from another one that took its place under the same path. */
  readonly identity: string;
  /** Names in it that matter; undefined: see `mayMatter`. */
  readonly names: Set<string> | undefined;
}

/** Deep enough for every package, and an end for trees that are none. */
const maxDepth = 16;
const readExtensions = new Set([".lua", ".json", ".yaml"]);

/**
 * Looks at the files of a chain, in pieces between which the event loop turns. What cannot be read counts as missing.
 */
export async function surveyFiles(roots: readonly SkillRoot[], paths: HostPaths): Promise<Survey> {
  const survey = new SurveyInProgress();
  for (const root of roots) {
    survey.markers(disabledMarkersDir(stateDir(paths, root)));
    await survey.skills(root.skillsDir);
  }
  return survey;
}

/**
 * False for a change in a surveyed folder that no load can notice, so that a skill that writes its own data does not
 * cause a survey each time.
 *
 * @param name of what changed in it, null if the platform does not say
 */
export function mayMatter(path: string, { names }: SurveyedFolder, name: string | null): boolean {
  if (name === null) return true;
  if (names !== undefined) return names.has(name);
  const extension = extname(name).toLowerCase();
  if (extension === "" || readExtensions.has(extension)) return !isHidden(name);
  // A folder may have any name; a file of another kind is nothing that is read.
  return statsOf(statSync, join(path, name))?.isFile() !== true;
}

class SurveyInProgress implements Survey {
  readonly folders = new Map<string, SurveyedFolder>();
  readonly #slice = new TimeSlice();
  #fingerprint = "";

  get fingerprint(): string {
    return this.#fingerprint;
  }

  /** Every file of the folder is a marker. */
  markers(folder: string): void {
    for (const entry of this.#open(folder)) this.#note(join(folder, entry.name));
  }

  async skills(skillsDir: string): Promise<void> {
    for (const entry of this.#open(skillsDir)) {
      if (!entry.isDirectory() || !isIdentifier(entry.name)) continue;
      // The folder itself counts: an empty one hides a skill of a later root.
      this.#fingerprint += `${join(skillsDir, entry.name)}\n`;
      await this.#package(join(skillsDir, entry.name), []);
    }
  }

  /** @param inside names of the folders that lead from the package to this one */
  async #package(folder: string, inside: readonly string[]): Promise<void> {
    await this.#slice.rest();
    for (const entry of this.#list(folder)) {
      const { name } = entry;
      const path = join(folder, name);
      if (isHidden(name)) continue;
      if (!entry.isDirectory()) {
        if (isRead(inside, name)) this.#note(path);
      } else if (inside.length < maxDepth) {
        await this.#package(path, [...inside, name]);
      }
    }
  }

  /** Lists a folder that may not be there yet: then the nearest one above it shows when it comes. */
  #open(folder: string): Dirent[] {
    const entries = this.#list(folder);
    for (let missing = folder; !this.folders.has(missing); ) {
      const parent = dirname(missing);
      if (parent === missing) break;
      this.#watchFor(parent, missing.slice(parent.length).replace(/^[\\/]/, ""));
      missing = parent;
    }
    return entries;
  }

  #watchFor(folder: string, name: string): void {
    const known = this.folders.get(folder);
    if (known !== undefined) {
      known.names?.add(name);
      return;
    }
    const identity = identityOf(folder);
    if (identity !== undefined) this.folders.set(folder, { identity, names: new Set([name]) });
  }

  #list(folder: string): Dirent[] {
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      const identity = identityOf(folder);
      if (identity !== undefined) this.folders.set(folder, { identity, names: undefined });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return [];
    }
  }

  #note(path: string): void {
    const stats = statsOf(statSync, path);
    if (stats === undefined) return;
    // The change time moves with the content, with the mode, and when another file takes the place.
    this.#fingerprint += `${path}\t${stats.ino}\t${stats.size}\t${stats.ctimeMs}\n`;
  }
}

/** Lua files load one another from anywhere; what else is read has its place. Data that a skill writes is none of it. */
function isRead(inside: readonly string[], name: string): boolean {
  const extension = extname(name).toLowerCase();
  if (extension === ".lua") return true;
  return inside.length === 0 ? extension === ".yaml" : inside[0] === "schemas" && extension === ".json";
}

function identityOf(folder: string): string | undefined {
  const stats = statsOf(lstatSync, folder);
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
}

function statsOf(stat: (path: string) => Stats, path: string): Stats | undefined {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
