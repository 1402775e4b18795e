// Where the lifecycle keeps what it knows about one root, and the places it works in. `<state>` is beside the skills folder
// (see packages/paths.ts).

import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type HostPaths, stateDir } from "../packages/paths.js";
import type { SkillRoot } from "../packages/roots.js";
import { disabledMarker } from "../packages/state-marker.js";

export interface RootState {
  readonly root: SkillRoot;
  /** `<state>` */
  readonly dir: string;
  /** Held while a process changes the root. */
  readonly lockFile: string;
  /** Holds the journal alone. */
  readonly journalDir: string;
}

/** Folders of one operation. They are gone when it is over, however it ends. */
export interface WorkPlace {
  /** In the state folder, for records and markers. */
  readonly state: Folders;
  /** On the file system of the skills folder, for packages. */
  readonly packages: Folders;
}

interface Folders {
  /** What comes. */
  readonly staging: string;
  /** What goes, until it is certain that it does. */
  readonly backup: string;
}

/** Hidden in a skills folder: no name that starts with a dot is a skill. */
const hiddenFolder = ".luaskills";
const workFolders = ["staging", "backup"] as const;

export function rootState(paths: HostPaths, root: SkillRoot): RootState {
  const dir = stateDir(paths, root);
  return { root, dir, lockFile: join(dir, "lifecycle.lock"), journalDir: join(dir, "transaction") };
}

export function skillDir({ root }: RootState, skillId: string): string {
  return join(root.skillsDir, skillId);
}

/** What is known about how a skill got here. */
export function recordFile({ dir }: RootState, skillId: string): string {
  return join(dir, "installs", `${skillId}.yaml`);
}

export function markerFile({ dir }: RootState, skillId: string): string {
  return disabledMarker(dir, skillId);
}

/** Names folders for one operation; makes none. */
export async function workPlace(state: RootState, skillId: string): Promise<WorkPlace> {
  const name = `${skillId}-${Date.now()}-${randomBytes(4).toString("hex")}`;
  const below = (folder: string): Folders => ({
    staging: join(folder, "staging", name),
    backup: join(folder, "backup", name),
  });
  const { root, dir } = state;
  const packages = (await isOneFileSystem(dir, root.skillsDir)) ? dir : join(root.skillsDir, hiddenFolder);
  return { state: below(dir), packages: below(packages) };
}

/** All folders of a work place, each once. */
export function foldersOf({ state, packages }: WorkPlace): string[] {
  return [...new Set([state.staging, packages.staging, state.backup, packages.backup])];
}

/** Every folder that work places of a root lie in. While nobody works on the root, all in them is litter. */
export function litterFolders({ root, dir }: RootState): string[] {
  return [dir, join(root.skillsDir, hiddenFolder)].flatMap(folder =>
    workFolders.map(name => join(folder, name)),
  );
}

/** A rename does not cross file systems, and a skills folder may be mounted by itself. */
async function isOneFileSystem(state: string, skills: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(state), stat(skills).catch(() => undefined)]);
  return other === undefined || one.dev === other.dev;
}
