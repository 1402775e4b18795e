// Install and update: from a request to a package that serves.

import { join } from "node:path";
import compareBuild from "semver/functions/compare-build.js";
import valid from "semver/functions/valid.js";
import { makeFolder, removeDurably, writeDurably } from "../files/durable.js";
import { SkillError } from "../packages/errors.js";
import { downloadCacheDir } from "../packages/paths.js";
import type { SkillFolder, SkillRoot } from "../packages/roots.js";
import { formatRecord, type InstallRecord, readRecord } from "./install-record.js";
import type { Operation } from "./operation.js";
import type { LifecycleParts } from "./parts.js";
import type { CheckedRequest } from "./requests.js";
import {
  foldersOf,
  type RootState,
  recordFile,
  rootState,
  skillDir,
  type WorkPlace,
  workPlace,
} from "./root-state.js";
import type { ResolvedPackage } from "./sources/resolved-package.js";
import type { PackageRequest, SourceType } from "./sources/source.js";
import { parseSourceText } from "./sources/source-text.js";
import { versionWish } from "./sources/version-wish.js";
import { replacement, switchTo, withWarnings } from "./switch.js";
import {
  type Aim,
  declaredTarget,
  installedCopy,
  installTarget,
  requireAllowed,
  requireDeclared,
  requireVisible,
} from "./targets.js";

export type ApplyStatus = "installed" | "updated" | "already_installed" | "up_to_date" | "planned";

export interface ApplyResult {
  skillId: string;
  /** `planned`: a dry run that found something to do. */
  status: ApplyStatus;
  /** For people. */
  message: string;
  /** The version that is in place, or would be. */
  version?: string;
  /** The version that an update replaces. */
  previousVersion?: string;
  sourceType?: SourceType;
  sourceLocator?: string;
}

/** Where a package comes from, and which one is meant. */
interface Wish {
  readonly type: SourceType;
  readonly request: PackageRequest;
}

/** @throws SkillError */
export async function install(
  parts: LifecycleParts,
  operation: Operation,
  aim: Aim,
  asked: CheckedRequest,
  dryRun: boolean,
): Promise<ApplyResult> {
  const wish = wishOf(asked);
  const source = parts.sources[wish.type];
  const root = installTarget(aim);
  operation.isAbout({ root, sourceType: wish.type, sourceLocator: wish.request.locator });
  /** @returns the result when there is nothing to install */
  const admit = (skillId: string): ApplyResult | undefined => {
    operation.isAbout({ skillId });
    requireAllowed(aim, root, skillId);
    const copy = installedCopy(aim, root, skillId);
    if (copy !== undefined) return alreadyInstalled(skillId, copy);
    requireVisible(aim, root, skillId);
    return undefined;
  };
  const expected = asked.skillId ?? source.skillIdOf(wish.request);
  const known = expected === undefined ? undefined : admit(expected);
  if (known !== undefined) return known;
  operation.report("validating_request", "completed");

  const found = await resolve(parts, operation, root, wish);
  const present = found.skillId === expected ? undefined : admit(found.skillId);
  if (present !== undefined) return present;
  const about = { skillId: found.skillId, version: found.version, ...sourceOf(found) };
  const from = `from ${found.sourceType} ${found.locator}`;
  if (dryRun) {
    const message = `skill ${found.skillId} ${found.version} would be installed ${from} into ${root.name}`;
    return { ...about, status: "planned", message };
  }
  await using locked = await parts.states.lock(root, operation.signal);
  // Somebody else may have installed it while this operation waited.
  const meanwhile = installedCopy(aim, root, found.skillId);
  if (meanwhile !== undefined) return alreadyInstalled(found.skillId, meanwhile);
  const warnings = await place(parts, operation, locked.state, found, rangeOf(wish.request.version));
  const message = `skill ${found.skillId} ${found.version} was installed ${from}`;
  return { ...about, status: "installed", message: withWarnings(message, warnings) };
}

/** @throws SkillError */
export async function update(
  parts: LifecycleParts,
  operation: Operation,
  aim: Aim,
  asked: CheckedRequest,
  dryRun: boolean,
): Promise<ApplyResult> {
  const given = asked.source === undefined ? undefined : wishOf(asked);
  const skillId = asked.skillId ?? (given && parts.sources[given.type].skillIdOf(given.request));
  if (skillId === undefined) {
    throw new SkillError("SKILL_REQUEST", "update: name the skill id; it does not follow from the source");
  }
  operation.isAbout({ skillId });
  const root = await parts.states.consistently(aim.roots, () => declaredTarget(aim, skillId));
  operation.isAbout({ root });
  requireAllowed(aim, root, skillId);
  requireVisible(aim, root, skillId);
  operation.report("validating_request", "completed");

  if (dryRun) return (await planUpdate(parts, operation, root, skillId, asked, given)).result;
  await using locked = await parts.states.lock(root, operation.signal);
  requireDeclared(root, skillId);
  const plan = await planUpdate(parts, operation, root, skillId, asked, given);
  if (plan.found === undefined) return plan.result;
  const warnings = await place(parts, operation, locked.state, plan.found, plan.range);
  const message = `skill ${skillId} was updated from ${plan.result.previousVersion} to ${plan.found.version}`;
  return { ...plan.result, status: "updated", message: withWarnings(message, warnings) };
}

/** What an update comes to; `found` is undefined when it comes to nothing. */
async function planUpdate(
  parts: LifecycleParts,
  operation: Operation,
  root: SkillRoot,
  skillId: string,
  asked: CheckedRequest,
  given: Wish | undefined,
): Promise<{ result: ApplyResult; found?: ResolvedPackage; range?: string | undefined }> {
  const record = await managedRecord(rootState(parts.paths, root), skillId);
  const { type, locator } = record.source;
  operation.isAbout({ sourceType: type, sourceLocator: locator });
  requireSameSource(parts, record, asked, given);
  const wanted = given?.request.version ?? asked.version;
  const range = wanted === undefined ? record.source.range : rangeOf(wanted);
  const request = { skillId, locator, version: range };
  const found = await resolve(parts, operation, root, { type, request });
  const about = { skillId, previousVersion: record.version, ...sourceOf(found) };
  if (!isWanted(found.version, record.version, range)) {
    const { previousVersion: version, ...rest } = about;
    return { result: { ...rest, status: "up_to_date", message: upToDate(record, range), version } };
  }
  const message = `skill ${skillId} would be updated from ${record.version} to ${found.version}, from ${type} ${locator}`;
  return { result: { ...about, status: "planned", message, version: found.version }, found, range };
}

/** Newer ones are, and any that somebody names exactly. */
function isWanted(found: string, installed: string, range: string | undefined): boolean {
  const order = compareBuild(found, installed);
  return range !== undefined && valid(range) !== null ? order !== 0 : order > 0;
}

function upToDate({ skillId, version }: InstallRecord, range: string | undefined): string {
  const within = range === undefined ? "" : `, which is the newest within ${range}`;
  return `skill ${skillId} is already on version ${version}${within}`;
}

async function managedRecord(state: RootState, skillId: string): Promise<InstallRecord> {
  const record = await readRecord(state, skillId);
  if (record?.managed) return record;
  throw new SkillError(
    "SKILL_REQUEST",
    `skill ${skillId} in ${state.root.name} was put there by hand and cannot be updated: uninstall it and install it from a source`,
  );
}

function requireSameSource(
  { sources }: LifecycleParts,
  { skillId, source }: InstallRecord,
  asked: CheckedRequest,
  given: Wish | undefined,
): void {
  const type = given?.type ?? asked.sourceType ?? source.type;
  const locator = given === undefined ? source.locator : sources[type].locatorOf(given.request.locator);
  if (type === source.type && locator === source.locator) return;
  throw new SkillError(
    "SKILL_REQUEST",
    `skill ${skillId} was installed from ${source.type} ${source.locator}: uninstall it first to get it from ${type} ${locator}`,
  );
}

/** A request without a source means the skill of the hub. @throws SkillError `SKILL_REQUEST` */
function wishOf({ skillId, source, sourceType, version }: CheckedRequest): Wish {
  if (source !== undefined) {
    const named = parseSourceText(source, sourceType);
    if (named.version !== undefined && version !== undefined && named.version !== version) {
      const both = `${JSON.stringify(source)} and version ${JSON.stringify(version)}`;
      throw new SkillError("SKILL_REQUEST", `the request names two versions: ${both}`);
    }
    const request = { skillId, locator: named.locator, version: named.version ?? version };
    // npm has tags beside versions.
    if (named.type !== "npm") versionWish(request.version);
    return { type: named.type, request };
  }
  if (skillId !== undefined && (sourceType ?? "hub") === "hub") {
    return { type: "hub", request: { skillId, locator: skillId, version } };
  }
  throw new SkillError(
    "SKILL_REQUEST",
    "the request names no source: give owner/repo, npm:name, a folder, a zip file or an address as source",
  );
}

async function resolve(
  parts: LifecycleParts,
  operation: Operation,
  root: SkillRoot,
  { type, request }: Wish,
): Promise<ResolvedPackage> {
  const { plane, signal, relay: progress } = operation;
  const cacheDir = downloadCacheDir(parts.paths, root);
  const found = await parts.sources[type].resolve(request, { plane, cacheDir, signal, progress });
  operation.isAbout({ skillId: found.skillId, sourceLocator: found.locator });
  operation.report("source_resolved", "completed", { message: found.version });
  return found;
}

/** What a record keeps of a requested version, so that updates stay within it. */
function rangeOf(version: string | undefined): string | undefined {
  return version === "latest" ? undefined : version;
}

/** Brings a package to its place and has it loaded. @returns warnings */
async function place(
  parts: LifecycleParts,
  operation: Operation,
  state: RootState,
  found: ResolvedPackage,
  range: string | undefined,
): Promise<string[]> {
  const { skillId } = found;
  const { root } = state;
  try {
    await makeFolder(root.skillsDir);
    const work = await workPlace(state, skillId);
    await stage(parts, operation, state, work, found, range);
    return await putInPlace(parts, operation, state, work, found);
  } catch (error) {
    // What was downloaded for a version that does not come; what somebody put there by hand stays.
    const inPlace = skillDir(state, skillId);
    await parts.dependencies.removeStale({ skillId, root }, inPlace, { keepAdopted: true });
    throw error;
  }
}

/** Everything that can fail for the package, before anything that serves is touched. */
async function stage(
  parts: LifecycleParts,
  operation: Operation,
  { root }: RootState,
  work: WorkPlace,
  found: ResolvedPackage,
  range: string | undefined,
): Promise<void> {
  const { skillId, version } = found;
  const { signal, relay: progress } = operation;
  try {
    await makeFolder(work.packages.staging);
    await found.stage(work.packages.staging, { signal, progress });
    await prove(parts, operation, { skillId, root, skillDir: stagedPackage(work, skillId) }, version);
    await writeDurably(stagedRecord(work), formatRecord(recordOf(found, range)));
    signal.throwIfAborted();
  } catch (error) {
    await Promise.all(foldersOf(work).map(removeDurably));
    throw error;
  }
}

async function putInPlace(
  parts: LifecycleParts,
  operation: Operation,
  state: RootState,
  work: WorkPlace,
  { skillId, version }: ResolvedPackage,
): Promise<string[]> {
  const { packages, state: records } = work;
  const { warnings } = await switchTo(parts, operation, {
    state,
    journal: {
      skillId,
      replacements: [
        await replacement(
          skillDir(state, skillId),
          stagedPackage(work, skillId),
          join(packages.backup, skillId),
        ),
        await replacement(
          recordFile(state, skillId),
          stagedRecord(work),
          join(records.backup, "record.yaml"),
        ),
      ],
      folders: foldersOf(work),
      removes: operation.action === "update" ? ["stale_dependencies"] : [],
    },
    check: ({ failed }) => {
      const failure = failed.find(skill => skill.skillId === skillId);
      if (failure !== undefined) throw doesNotLoad(skillId, version, failure.error);
    },
  });
  return warnings;
}

function stagedPackage({ packages }: WorkPlace, skillId: string): string {
  return join(packages.staging, skillId);
}

function stagedRecord({ state }: WorkPlace): string {
  return join(state.staging, "record.yaml");
}

/** A package that would not serve never gets to its place. */
async function prove(
  { dependencies, skills }: LifecycleParts,
  operation: Operation,
  folder: SkillFolder,
  version: string,
): Promise<void> {
  operation.report("preparing_dependencies", "started");
  await dependencies.prepare(folder, { signal: operation.signal, progress: operation.relay });
  operation.signal.throwIfAborted();
  operation.report("validating_skill", "started");
  const problems = await skills.problems(folder);
  if (problems.length > 0) throw doesNotLoad(folder.skillId, version, problems.join("; "));
}

function recordOf(found: ResolvedPackage, range: string | undefined): InstallRecord {
  const { skillId, version, sourceType: type, locator, tag } = found;
  const source = {
    type,
    locator,
    ...(tag === undefined ? {} : { tag }),
    ...(range === undefined ? {} : { range }),
  };
  return { skillId, version, managed: true, source, installedAt: Date.now() };
}

function alreadyInstalled(skillId: string, { name }: SkillRoot): ApplyResult {
  const message = `skill ${skillId} is already in ${name}: update brings it to a newer version`;
  return { skillId, status: "already_installed", message };
}

function doesNotLoad(skillId: string, version: string, reason: string): SkillError {
  return new SkillError("SKILL_PACKAGE", `skill ${skillId} ${version} does not load: ${reason}`);
}

function sourceOf({ sourceType, locator: sourceLocator }: ResolvedPackage) {
  return { sourceType, sourceLocator };
}
