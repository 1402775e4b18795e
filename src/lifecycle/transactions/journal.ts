// What a transaction is about to do to a root, on the disk before it does it, so that whoever comes after a crash can take it
// back, or finish it once it was decided.

import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { writeDurably } from "../../files/durable.js";
import { SkillError } from "../../packages/errors.js";
import { Fields } from "../../packages/fields.js";
import { isJsonObject } from "../../packages/json-object.js";
import type { LifecycleAction } from "../../packages/policy.js";
import type { RootState } from "../root-state.js";

export interface Journal {
  /** Tells transactions apart. */
  readonly id: string;
  readonly action: LifecycleAction;
  readonly skillId: string;
  /** False: the old state counts, and comes back. True: the new one does, and what is left to do is to clean up. */
  readonly decided: boolean;
  /** In the order in which they happen. */
  readonly replacements: readonly Replacement[];
  /** Folders that go in the end. */
  readonly folders: readonly string[];
  /** What goes beside the root's own files, once it is decided. */
  readonly removes: readonly Removed[];
}

/** Dependencies that the new version does not name any more, or all of the skill; databases of the skill. */
export type Removed = (typeof removable)[number];

const removable = ["stale_dependencies", "dependencies", "sqlite", "lancedb"] as const;

/** A file or folder that another one takes the place of. Absolute paths, all on one file system. */
export interface Replacement {
  readonly target: string;
  /** What comes; undefined where nothing does. */
  readonly staged: string | undefined;
  /** Where to what is there goes; undefined where nothing is. */
  readonly backup: string | undefined;
}

const actions: readonly LifecycleAction[] = ["install", "update", "uninstall", "enable", "disable"];
const formatVersion = 1;

/** @throws SkillError `SKILL_STATE` */
export async function writeJournal(state: RootState, journal: Journal): Promise<void> {
  await writeDurably(journalFile(state), format(state, journal));
}

/** There is nothing to recover any more. What stays tells readers that there was a transaction. */
export async function endJournal(state: RootState, { id }: Journal): Promise<void> {
  await writeDurably(journalFile(state), `${JSON.stringify({ format: formatVersion, id, ended: true })}\n`);
}

/**
 * The journal of the transaction that is under way, or was when its process died.
 *
 * @throws SkillError `SKILL_STATE` when it cannot be read
 */
export async function readJournal(state: RootState): Promise<Journal | undefined> {
  const path = journalFile(state);
  try {
    return parse(state, await readFile(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new SkillError(
      "SKILL_STATE",
      `skill root ${state.root.name}: an operation on it was interrupted, and its journal ${path} cannot be read: ${message}`,
      { cause: error },
    );
  }
}

/** Differs when a transaction has begun or ended between two calls. Cheap: loads ask for it. */
export async function journalStamp(state: RootState): Promise<string> {
  return readFile(journalFile(state), "utf8").catch(() => "");
}

/** The one file that stays in the folder of the journal. */
export function journalFile({ journalDir }: RootState): string {
  return join(journalDir, "journal.json");
}

/** Paths are relative to the state folder: a runtime folder may be moved as a whole. */
function format({ dir }: RootState, { replacements, folders, ...journal }: Journal): string {
  const written = (path: string | undefined) => (path === undefined ? null : relative(dir, path));
  const document = {
    format: formatVersion,
    id: journal.id,
    action: journal.action,
    skill_id: journal.skillId,
    decided: journal.decided,
    replacements: replacements.map(({ target, staged, backup }) => ({
      target: written(target),
      staged: written(staged),
      backup: written(backup),
    })),
    folders: folders.map(written),
    removes: journal.removes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function parse({ dir }: RootState, text: string): Journal | undefined {
  const document: unknown = JSON.parse(text);
  if (!isJsonObject(document)) throw new Error("it holds no object");
  const problems: string[] = [];
  const fields = new Fields(document, "", problems);
  const path = (from: Fields, key: string) =>
    from.value(key) === undefined ? undefined : resolve(dir, from.text(key) ?? "");
  if (fields.count("format", 0) !== formatVersion) problems.push(`format must be ${formatVersion}`);
  if (fields.flag("ended", false)) return undefined;
  const texts = (key: string) => {
    const value = fields.value(key);
    return Array.isArray(value) ? value.map(String) : [];
  };
  const journal: Journal = {
    id: fields.text("id") ?? "",
    action: fields.choice("action", actions, "install"),
    skillId: fields.text("skill_id") ?? "",
    decided: fields.flag("decided", false),
    replacements: fields.mappings("replacements").map(replacement => ({
      target: resolve(dir, replacement.text("target") ?? ""),
      staged: path(replacement, "staged"),
      backup: path(replacement, "backup"),
    })),
    folders: texts("folders").map(folder => resolve(dir, folder)),
    removes: removable.filter(kind => texts("removes").includes(kind)),
  };
  if (problems.length > 0) throw new Error(problems.join("; "));
  return journal;
}
