// What callers ask for, checked: requests come from TypeScript, from command lines and, unchecked, from Lua.

import { SkillError } from "../packages/errors.js";
import { identifierProblem } from "../packages/identifier.js";
import type { Plane } from "../packages/policy.js";
import { type SourceType, sourceTypes } from "./sources/source.js";
import type { PlaneOptions } from "./targets.js";

/** Which package to install, or which skill to update. */
export interface InstallRequest {
  /** Default: what follows from the source. */
  skillId?: string;
  /** `owner/repo`, `npm:name@range`, a folder, a zip file, the address of a manifest; for `hub` the skill id. */
  source?: string;
  /** Default: what the source looks like. */
  sourceType?: SourceType;
  /** A version, or a range such as `^1.2`; `latest` takes back the range of an earlier request. Default: the newest version. */
  version?: string;
}

export interface ApplyOptions extends PlaneOptions {
  /** True: find out what would happen, and change nothing. */
  dryRun?: boolean;
  /** Ends the operation as long as nothing has been switched. */
  signal?: AbortSignal;
}

export interface UninstallOptions extends PlaneOptions {
  /** True: the SQLite database of the skill goes with it. Default false. */
  removeSqlite?: boolean;
  /** True: the LanceDB database of the skill goes with it. Default false. */
  removeLancedb?: boolean;
}

export interface DisableOptions extends PlaneOptions {
  /** Shown to whoever wonders why the skill is off. */
  reason?: string;
}

/** A request whose members are what they say. */
export type CheckedRequest = { [Member in keyof InstallRequest]-?: InstallRequest[Member] | undefined };

/** @throws SkillError `SKILL_REQUEST` */
export function checkInstallRequest(request: InstallRequest): CheckedRequest {
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    throw refusal(
      `the request must be an object { skillId, source, sourceType, version }, got ${describe(request)}`,
    );
  }
  const skillId = text("skillId", request.skillId);
  if (skillId !== undefined) checkSkillId(skillId);
  const sourceType = text("sourceType", request.sourceType);
  if (sourceType !== undefined && !sourceTypes.some(type => type === sourceType)) {
    throw refusal(`sourceType must be one of ${sourceTypes.join(", ")}, got ${JSON.stringify(sourceType)}`);
  }
  const version = text("version", request.version);
  return {
    skillId,
    source: text("source", request.source),
    sourceType: sourceType as SourceType | undefined,
    version,
  };
}

/** @throws SkillError `SKILL_REQUEST` */
export function checkSkillId(skillId: string): string {
  if (typeof skillId !== "string") throw refusal(`the skill id must be a string, got ${describe(skillId)}`);
  const problem = identifierProblem("skill id", skillId);
  if (problem !== undefined) throw refusal(problem);
  return skillId;
}

/** @throws SkillError `SKILL_REQUEST` */
export function checkPlaneOptions(options: PlaneOptions): { plane: Plane; targetRoot: string | undefined } {
  if (typeof options !== "object" || options === null) {
    throw refusal(`the options must be an object, got ${describe(options)}`);
  }
  const plane: unknown = options.plane ?? "skills";
  if (plane !== "skills" && plane !== "system") {
    throw refusal(`plane must be "skills" or "system", got ${describe(plane)}`);
  }
  return { plane, targetRoot: text("targetRoot", options.targetRoot) };
}

/** @throws SkillError `SKILL_REQUEST` */
export function flag(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  throw refusal(`${name} must be true or false, got ${describe(value)}`);
}

/** Trimmed; blank and null count as absent. @throws SkillError `SKILL_REQUEST` */
export function text(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw refusal(`${name} must be a string, got ${describe(value)}`);
  return value.trim() === "" ? undefined : value.trim();
}

function refusal(message: string): SkillError {
  return new SkillError("SKILL_REQUEST", message);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
