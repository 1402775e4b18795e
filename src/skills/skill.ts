// A skill as read from its folder: manifest and entry sources in memory. The text stays, so that VMs made later, and a
// reload that finds the folder broken, still have the version that was accepted.

import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SkillIdentity } from "../host/scope.js";
import { SkillError } from "./errors.js";
import { type ManifestEntry, parseManifest, type SkillManifest } from "./manifest.js";
import { resolveInside } from "./package-path.js";
import type { SkillFolder } from "./roots.js";

/** One entry with its source; the identity under which VMs cache its function. */
export interface SkillEntry extends ManifestEntry {
  skillId: string;
  source: string;
  /** `@<skill-id>/<lua_entry>`: what tracebacks show, free of host paths. */
  chunkName: string;
}

export interface Skill extends SkillFolder {
  manifest: SkillManifest;
  entries: SkillEntry[];
  identity: SkillIdentity;
}

/**
 * Reads one skill folder.
 *
 * @returns the skill, or why it is switched off
 * @throws SkillError `SKILL_MANIFEST`
 */
export async function readSkill(folder: SkillFolder): Promise<Skill | { disabled: string }> {
  const text = await readManifestText(folder);
  if (text === undefined) return { disabled: "the folder is empty" };
  const manifest = parseManifest(text);
  if (!manifest.enable) return { disabled: "disabled in skill.yaml" };
  const realSkillDir = await realpath(folder.skillDir);
  const read = await Promise.allSettled(
    manifest.entries.map(entry => readEntry(folder, realSkillDir, entry)),
  );
  const problems = read.flatMap(result => (result.status === "rejected" ? [problemText(result.reason)] : []));
  if (problems.length > 0) throw new SkillError("SKILL_MANIFEST", problems.join("; "));
  const entries = read.flatMap(result => (result.status === "fulfilled" ? [result.value] : []));
  return { ...folder, manifest, entries, identity: identityOf(folder) };
}

function identityOf({ skillId, rootName, skillDir }: SkillFolder): SkillIdentity {
  const dependencies = join(dirname(dirname(skillDir)), "dependencies");
  const dirOf = (kind: string) => join(dependencies, kind, skillId);
  return Object.freeze({
    skillId,
    rootName,
    skillDir,
    depsDirs: Object.freeze({ tools: dirOf("tools"), lua: dirOf("lua"), ffi: dirOf("ffi") }),
  });
}

async function readManifestText(folder: SkillFolder): Promise<string | undefined> {
  try {
    return decodeUtf8("skill.yaml", await readFile(join(folder.skillDir, "skill.yaml")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw asManifestError("skill.yaml", error);
    if ((await readdir(folder.skillDir)).length === 0) return undefined;
    throw new SkillError("SKILL_MANIFEST", "skill.yaml: not found in the skill folder");
  }
}

async function readEntry(
  folder: SkillFolder,
  realSkillDir: string,
  entry: ManifestEntry,
): Promise<SkillEntry> {
  const where = `entry ${entry.name}: lua_entry ${entry.luaEntry}`;
  const target = await resolveInside(realSkillDir, entry.luaEntry);
  if (target === "missing") throw new SkillError("SKILL_MANIFEST", `${where}: no such file`);
  if (target === "outside")
    throw new SkillError("SKILL_MANIFEST", `${where}: links to a file outside the skill`);
  try {
    const source = decodeUtf8(where, await readFile(target.file));
    return { ...entry, skillId: folder.skillId, source, chunkName: `@${folder.skillId}/${entry.luaEntry}` };
  } catch (error) {
    throw asManifestError(where, error);
  }
}

function decodeUtf8(what: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SkillError("SKILL_MANIFEST", `${what}: not valid UTF-8`, { cause: error });
  }
}

function asManifestError(what: string, error: unknown): SkillError {
  if (error instanceof SkillError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const reason = code === "EISDIR" ? "is a folder" : `cannot be read (${code ?? (error as Error).message})`;
  return new SkillError("SKILL_MANIFEST", `${what}: ${reason}`, { cause: error });
}

function problemText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
