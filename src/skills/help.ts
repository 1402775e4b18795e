// Help of skills: what pages there are, and their Markdown. A page may be a Lua file that writes it.

import { dirname, extname, join } from "node:path";
import { noFrame, type RequestContext } from "../host/scope.js";
import { SkillError } from "../packages/errors.js";
import type { HelpPage } from "../packages/help-block.js";
import { PackageFiles } from "../packages/package-files.js";
import { compareBytes } from "../packages/roots.js";
import { LuaError } from "../vm/index.js";
import type { Generation } from "./generation.js";
import type { Skill, SkillEntry } from "./skill.js";
import type { SkillVm } from "./skill-vm.js";

/** One page of help. */
export interface HelpNode {
  /** `main`, or the name of the topic. */
  flowName: string;
  description: string;
  /** Canonical names of the entries that the page is about; the main page is about all of the skill. */
  relatedEntries: string[];
  isMain: boolean;
}

/** All pages of one skill. */
export interface HelpTree {
  skillId: string;
  skillName: string;
  skillVersion: string;
  rootName: string;
  skillDir: string;
  main: HelpNode;
  flows: HelpNode[];
}

/** One page with its text. */
export interface HelpDetail extends HelpNode {
  skillId: string;
  skillName: string;
  skillVersion: string;
  rootName: string;
  skillDir: string;
  contentType: "markdown";
  content: string;
}

/** Canonical names. */
type EntryNames = ReadonlyMap<SkillEntry, string>;

const pageLimitBytes = 4 << 20;

/** Pages written in Lua share one scope of the cache. */
const helpToolName = "vulcan-help";

export function listHelp(generation: Generation): HelpTree[] {
  const skills = [...generation.skills.values()].sort((a, b) => compareBytes(a.skillId, b.skillId));
  const names = namesOf(generation);
  return skills.map(skill => ({
    ...describeSkill(skill),
    main: describePage(names, skill, skill.manifest.help.main, true),
    flows: skill.manifest.help.topics.map(topic => describePage(names, skill, topic, false)),
  }));
}

/**
 * @returns null when no skill of this id is loaded
 * @throws SkillError `SKILL_HELP` when there is no such page or it cannot be read; LuaError of a page written in Lua
 */
export async function renderHelp(
  generation: Generation,
  skillId: string,
  flow: string,
  request: RequestContext | undefined,
  timeoutMs: number,
): Promise<HelpDetail | null> {
  if (typeof flow !== "string") throw new TypeError(`help.render: flow must be a string, got ${typeof flow}`);
  const wanted = flow.trim();
  if (wanted === "") throw new SkillError("SKILL_HELP", "help.render: flow must not be empty");
  const skill = generation.skills.get(skillId);
  if (skill === undefined) return null;
  const { help } = skill.manifest;
  const isMain = wanted === "main";
  const page = isMain ? help.main : help.topics.find(topic => topic.name === wanted);
  if (page === undefined) {
    const names = ["main", ...help.topics.map(topic => topic.name)].join(", ");
    throw new SkillError("SKILL_HELP", `skill ${skillId} has no help page "${wanted}"; it has ${names}`);
  }
  const content = await contentOf(generation, skill, page, request, timeoutMs);
  const node = describePage(namesOf(generation), skill, page, isMain);
  return { ...describeSkill(skill), ...node, contentType: "markdown", content };
}

async function contentOf(
  generation: Generation,
  skill: Skill,
  page: HelpPage,
  request: RequestContext | undefined,
  timeoutMs: number,
): Promise<string> {
  if (page.file === "") throw new SkillError("SKILL_HELP", `skill ${skill.skillId} has no main help page`);
  const { text, problem } = new PackageFiles(skill.skillDir).read(page.file, pageLimitBytes);
  const where = `${skill.skillId}/${page.file}`;
  if (problem !== undefined) throw new SkillError("SKILL_HELP", `help page ${where}: ${problem}`);
  if (extname(page.file).toLowerCase() !== ".lua") return text;
  return generation.run(where, undefined, host => runPage(host, skill, page, text, request, timeoutMs));
}

async function runPage(
  host: SkillVm,
  skill: Skill,
  page: HelpPage,
  code: string,
  request: RequestContext | undefined,
  timeoutMs: number,
): Promise<string> {
  const file = join(skill.skillDir, page.file);
  const entry = { localName: undefined, file, dir: dirname(file) };
  host.begin({
    frame: { ...noFrame, skill: skill.identity, entry, toolName: helpToolName },
    context: request === undefined ? undefined : { requestContext: request },
    sync: false,
    timeoutMs,
  });
  const where = `${skill.skillId}/${page.file}`;
  try {
    const [content] = await host.runChunk("page", [`@${where}`, code, skill.skillId], { timeoutMs });
    return String(content);
  } catch (error) {
    if (error instanceof LuaError) error.message = `help page ${where}: ${error.message}`;
    throw error;
  } finally {
    host.end();
  }
}

function describeSkill({ skillId, manifest, root, skillDir }: Skill) {
  return { skillId, skillName: manifest.name, skillVersion: manifest.version, rootName: root.name, skillDir };
}

function namesOf({ registry }: Generation): EntryNames {
  return new Map([...registry.values()].map(({ entry, descriptor }) => [entry, descriptor.canonicalName]));
}

function describePage(names: EntryNames, skill: Skill, page: HelpPage, isMain: boolean): HelpNode {
  const flowName = isMain ? "main" : page.name;
  const related = skill.entries.filter(entry => isMain || entry.help.trim() === flowName);
  return {
    flowName,
    description: page.description,
    relatedEntries: related.flatMap(entry => names.get(entry) ?? []),
    isMain,
  };
}
