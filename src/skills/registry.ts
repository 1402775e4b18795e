// The public names of all entries of all loaded skills: `<skill-id>-<entry>`, with a number where two claim the same.

import type { Frame } from "../host/scope.js";
import type { EntryAnnotations } from "../packages/annotations.js";
import type { Parameter } from "../packages/input-schema.js";
import { compareBytes } from "../packages/roots.js";
import type { Json } from "../vm/index.js";
import type { Skill, SkillEntry } from "./skill.js";

/** What a host needs to offer an entry as a tool. */
export interface EntryDescriptor {
  /** The name that `call` takes. */
  canonicalName: string;
  skillId: string;
  /** The name in the manifest. */
  localName: string;
  /** Label of the root that the skill was loaded from. */
  rootName: string;
  skillDir: string;
  description: string;
  parameters: Parameter[];
  /** JSON Schema of the argument object, as declared or derived from `parameters`. */
  inputSchema: Json;
  /** What the author says about the effects of the entry; absent when nothing. */
  annotations?: EntryAnnotations;
}

export interface RegisteredEntry {
  readonly descriptor: EntryDescriptor;
  readonly skill: Skill;
  readonly entry: SkillEntry;
  /** What host functions know while the entry runs. */
  readonly frame: Frame;
}

/** Entries by canonical name, in byte order of that name. */
export type Registry = ReadonlyMap<string, RegisteredEntry>;

/**
 * Names every entry. Claimants of one base name are served in the order of their skill ids; the
 * second gets `-2`, the third `-3`, and numbers that are taken or reserved are passed over. The outcome depends on the
 * set of skills alone, never on the order in which folders were found.
 *
 * @param reserved names no entry may get, exactly as written
 */
export function buildRegistry(skills: readonly Skill[], reserved: readonly string[]): Registry {
  const claims = skills.flatMap(skill =>
    skill.entries.map(entry => ({ name: `${skill.skillId}-${entry.name}`, skill, entry })),
  );
  // Two entries of one skill never claim the same name.
  claims.sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.skill.skillId, b.skill.skillId));
  const occupied = new Set(reserved);
  const counters = new Map<string, number>();
  for (const claim of claims) {
    const base = claim.name;
    let count = counters.get(base) ?? 0;
    do {
      count += 1;
      claim.name = count === 1 ? base : `${base}-${count}`;
    } while (occupied.has(claim.name));
    counters.set(base, count);
    occupied.add(claim.name);
  }
  claims.sort((a, b) => compareBytes(a.name, b.name));
  return new Map(claims.map(({ name, skill, entry }) => [name, register(name, skill, entry)]));
}

function register(canonicalName: string, skill: Skill, entry: SkillEntry): RegisteredEntry {
  const descriptor = describe(canonicalName, skill, entry);
  return { descriptor, skill, entry, frame: frameOf(canonicalName, skill, entry) };
}

function frameOf(canonicalName: string, skill: Skill, entry: SkillEntry): Frame {
  const { name: localName, file, dir } = entry;
  return Object.freeze({
    skill: skill.identity,
    entry: Object.freeze({ localName, file, dir }),
    toolName: canonicalName,
  });
}

function describe(canonicalName: string, skill: Skill, entry: SkillEntry): EntryDescriptor {
  return {
    canonicalName,
    skillId: skill.skillId,
    localName: entry.name,
    rootName: skill.root.name,
    skillDir: skill.skillDir,
    description: entry.description,
    parameters: entry.parameters,
    inputSchema: entry.inputSchema,
    ...(entry.annotations === undefined ? {} : { annotations: entry.annotations }),
  };
}
