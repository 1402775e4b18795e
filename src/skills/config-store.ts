// What skills and their users have configured: one file of text values, by skill and key. Nothing is kept in memory, so
// every process and every editor sees the same.

import { SkillError } from "../packages/errors.js";
import { identifierProblem } from "../packages/identifier.js";
import { isJsonObject } from "../packages/json-object.js";
import type { ConfigLocation } from "../packages/paths.js";
import { type Change, SharedTexts } from "./shared-text.js";

export interface ConfigEntry {
  skillId: string;
  key: string;
  value: string;
}

/**
 * The values of all skills in a file `{"skills": {id: {key: value}}}`. Skills need not be installed to have values.
 *
 * Measured with 50 values (Node 20, ext4): reading 10 µs; writing 0.5 ms on a quiet machine, most of which is the disk
 * confirming the temporary file. The asynchronous forms wait for the disk and for other processes off the JavaScript thread;
 * the `Sync` forms hold it, at most 2 s for other processes.
 *
 * All methods throw SkillError `SKILL_CONFIG`: an invalid skill id, an empty key, a file that cannot be located, read, parsed
 * or written.
 */
export class ConfigStore implements AsyncDisposable {
  readonly #locate: () => ConfigLocation;
  readonly #files = new SharedTexts();

  /** @param locate absolute path of the file, asked before every operation */
  constructor(locate: () => ConfigLocation) {
    this.#locate = locate;
  }

  /** Sorted by skill id and key, in byte order. */
  list(skillId?: string): ConfigEntry[] {
    const wanted = skillId === undefined ? undefined : requireSkillId(skillId);
    const entries: ConfigEntry[] = [];
    for (const [id, values] of sorted(this.#read().skills)) {
      if (wanted !== undefined && id !== wanted) continue;
      for (const [key, value] of sorted(values)) entries.push({ skillId: id, key, value });
    }
    return entries;
  }

  get(skillId: string, key: string): string | undefined {
    const id = requireSkillId(skillId);
    const name = requireKey(key);
    return this.#read().skills.get(id)?.get(name);
  }

  has(skillId: string, key: string): boolean {
    return this.get(skillId, key) !== undefined;
  }

  set(skillId: string, key: string, value: string): Promise<void> {
    return this.#change(setting(skillId, key, value));
  }

  setSync(skillId: string, key: string, value: string): void {
    this.#changeSync(setting(skillId, key, value));
  }

  /** @returns whether there was such a value; without one the file is not written */
  delete(skillId: string, key: string): Promise<boolean> {
    return this.#change(deleting(skillId, key));
  }

  deleteSync(skillId: string, key: string): boolean {
    return this.#changeSync(deleting(skillId, key));
  }

  /** Waits for the changes that have begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  #path(): string {
    const { file, problem } = this.#locate();
    if (file === undefined) throw refusal(problem);
    return file;
  }

  #read(): Config {
    const path = this.#path();
    try {
      return parse(path, this.#files.read(path));
    } catch (error) {
      throw failure("read", path, error);
    }
  }

  async #change<T>(edit: Edit<T>): Promise<T> {
    const path = this.#path();
    try {
      return await this.#files.change(path, before => apply(path, before, edit));
    } catch (error) {
      throw failure("write", path, error);
    }
  }

  #changeSync<T>(edit: Edit<T>): T {
    const path = this.#path();
    try {
      return this.#files.changeSync(path, before => apply(path, before, edit));
    } catch (error) {
      throw failure("write", path, error);
    }
  }
}

/** Maps, because any text may be a key, `__proto__` among them. */
interface Config {
  skills: Map<string, Map<string, string>>;
  /** Top-level members that mean nothing here; whoever put them there gets to keep them. */
  rest: Record<string, unknown>;
}

/** Changes the values; `changed` false when there was nothing to change. */
type Edit<T> = (skills: Config["skills"]) => { changed: boolean; result: T };

function setting(skillId: string, key: string, value: string): Edit<void> {
  const id = requireSkillId(skillId);
  const name = requireKey(key);
  if (typeof value !== "string") throw refusal(`skill config value must be a string, got ${typeof value}`);
  return skills => {
    const values = skills.get(id) ?? new Map<string, string>();
    const changed = values.get(name) !== value;
    skills.set(id, values.set(name, value));
    return { changed, result: undefined };
  };
}

function deleting(skillId: string, key: string): Edit<boolean> {
  const id = requireSkillId(skillId);
  const name = requireKey(key);
  return skills => {
    const values = skills.get(id);
    const removed = values?.delete(name) ?? false;
    if (values?.size === 0) skills.delete(id);
    return { changed: removed, result: removed };
  };
}

function apply<T>(path: string, before: string | undefined, edit: Edit<T>): Change<T> {
  const config = parse(path, before);
  const { changed, result } = edit(config.skills);
  return changed ? { text: format(config), result } : { result };
}

function parse(path: string, text: string | undefined): Config {
  if (text === undefined) return { skills: new Map(), rest: {} };
  const wrong = (problem: string, cause?: unknown) =>
    refusal(`failed to parse skill config file '${path}': ${problem}`, cause);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw wrong((error as Error).message, error);
  }
  if (!isJsonObject(root)) throw wrong("it must hold an object");
  const { skills: declared = {}, ...rest } = root;
  if (!isJsonObject(declared)) throw wrong("skills must be an object");
  const skills: Config["skills"] = new Map();
  for (const [id, values] of Object.entries(declared)) {
    if (!isJsonObject(values)) throw wrong(`skills.${id} must be an object`);
    const texts = new Map<string, string>();
    for (const [key, value] of Object.entries(values)) {
      if (typeof value !== "string") throw wrong(`skills.${id}.${key} must be a string`);
      texts.set(key, value);
    }
    skills.set(id, texts);
  }
  return { skills, rest };
}

/** Sorted and indented by two, without a final line feed, skills without values left out. By hand, because objects sort keys that look like numbers first. */
function format({ skills, rest }: Config): string {
  const withValues = sorted(skills).filter(([, values]) => values.size > 0);
  const nodes = withValues.map(([id, values]) => {
    const lines = sorted(values).map(
      ([key, value]) => `      ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    );
    return `    ${JSON.stringify(id)}: {\n${lines.join(",\n")}\n    }`;
  });
  const members = new Map(Object.entries(rest).map(([key, value]) => [key, indented(value)]));
  members.set("skills", nodes.length === 0 ? "{}" : `{\n${nodes.join(",\n")}\n  }`);
  const lines = sorted(members).map(([key, value]) => `  ${JSON.stringify(key)}: ${value}`);
  return `{\n${lines.join(",\n")}\n}`;
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", "\n  ");
}

function sorted<T>(map: Map<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function requireSkillId(skillId: string): string {
  const id = typeof skillId === "string" ? skillId.trim() : skillId;
  const problem =
    typeof id === "string"
      ? identifierProblem("skill_id", id)
      : `skill_id must be a string, got ${typeof id}`;
  if (problem !== undefined) throw refusal(`invalid skill config skill_id: ${problem}`);
  return id;
}

function requireKey(key: string): string {
  if (typeof key !== "string") throw refusal(`skill config key must be a string, got ${typeof key}`);
  const name = key.trim();
  if (name === "") throw refusal("skill config key must not be empty");
  return name;
}

function failure(verb: "read" | "write", path: string, error: unknown): SkillError {
  if (error instanceof SkillError) return error;
  return refusal(`failed to ${verb} skill config file '${path}': ${(error as Error).message}`, error);
}

function refusal(message: string, cause?: unknown): SkillError {
  return new SkillError("SKILL_CONFIG", message, cause === undefined ? undefined : { cause });
}
