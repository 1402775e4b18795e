// Skills arrive, change and leave: the operations of one engine, one after the other, and what is told about them.

import { SkillError } from "../packages/errors.js";
import type { LifecycleAction } from "../packages/policy.js";
import type { SkillRoot } from "../packages/roots.js";
import { disable, enable } from "./activation.js";
import { type ApplyResult, install, update } from "./apply.js";
import { inspectSkill, listSkills, type SkillInfo, type SkillSummary } from "./inventory.js";
import { type EventSink, Operation } from "./operation.js";
import type { LifecycleParts } from "./parts.js";
import {
  type ApplyOptions,
  checkInstallRequest,
  checkPlaneOptions,
  checkSkillId,
  type DisableOptions,
  flag,
  type InstallRequest,
  text,
  type UninstallOptions,
} from "./requests.js";
import { type Aim, declaredTarget, type PlaneOptions, requireAllowed } from "./targets.js";
import { type UninstallResult, uninstall, uninstallTarget } from "./uninstall.js";

export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #sink: EventSink;
  readonly #closing = new AbortController();
  /** Operations of one engine run one after the other; those of other engines are met at the lock of the root. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: LifecycleParts, sink: EventSink) {
    this.#parts = parts;
    this.#sink = sink;
  }

  /** Brings a package from a source into a root and has it loaded. What does not load is never installed. */
  async install(request: InstallRequest, options: ApplyOptions = {}): Promise<ApplyResult> {
    return this.#apply("install", install, request, options);
  }

  /** Brings an installed skill to the newest version within the range that it was asked for. */
  async update(request: InstallRequest, options: ApplyOptions = {}): Promise<ApplyResult> {
    return this.#apply("update", update, request, options);
  }

  /** Takes a skill away, its dependencies with it; its data only where that is asked for. */
  async uninstall(skillId: string, options: UninstallOptions = {}): Promise<UninstallResult> {
    const find = (aim: Aim) => uninstallTarget(this.#parts, aim, skillId);
    const data = {
      removeSqlite: flag("removeSqlite", options?.removeSqlite),
      removeLancedb: flag("removeLancedb", options?.removeLancedb),
    };
    return this.#change("uninstall", skillId, options, find, (operation, aim, root) =>
      uninstall(this.#parts, operation, aim, root, skillId, data),
    );
  }

  /** Has a disabled skill loaded again. One that is not disabled stays as it is. */
  async enable(skillId: string, options: PlaneOptions = {}): Promise<void> {
    const find = (aim: Aim) => declaredTarget(aim, skillId);
    await this.#change("enable", skillId, options, find, (operation, _aim, root) =>
      enable(this.#parts, operation, root, skillId),
    );
  }

  /** Keeps a skill from being loaded. Copies in later roots do not take its place. */
  async disable(skillId: string, options: DisableOptions = {}): Promise<void> {
    const find = (aim: Aim) => declaredTarget(aim, skillId);
    const reason = text("reason", options?.reason);
    await this.#change("disable", skillId, options, find, (operation, _aim, root) =>
      disable(this.#parts, operation, root, skillId, reason),
    );
  }

  /** All copies of all skills in all roots, in order of skill id; of one skill, the copy that counts comes first. */
  async list(): Promise<SkillSummary[]> {
    const { skills, states } = this.#parts;
    return states.consistently(skills.roots(), () => listSkills(this.#parts));
  }

  /** What there is to know about a skill; undefined when no root has a folder for it. */
  async info(
    skillId: string,
    options: Pick<PlaneOptions, "targetRoot"> = {},
  ): Promise<SkillInfo | undefined> {
    checkSkillId(skillId);
    const { targetRoot } = checkPlaneOptions(options);
    const { skills, states } = this.#parts;
    return states.consistently(skills.roots(), () => inspectSkill(this.#parts, skillId, targetRoot));
  }

  /** Ends operations that have not switched anything yet; waits for those that have. */
  async close(): Promise<void> {
    this.#closing.abort(new SkillError("ENGINE_CLOSED", "the engine was closed during the operation"));
    await this.#last;
  }

  async #apply(
    action: "install" | "update",
    apply: typeof install,
    request: InstallRequest,
    options: ApplyOptions,
  ): Promise<ApplyResult> {
    const asked = checkInstallRequest(request);
    const dryRun = flag("dryRun", options?.dryRun);
    return this.#run(action, options, options?.signal, async (operation, aim) => {
      const result = await apply(this.#parts, operation, aim, asked, dryRun);
      if (!dryRun) operation.end(result.skillId, result.status, result.message);
      return result;
    });
  }

  async #change<Result extends { message: string } | void>(
    action: LifecycleAction,
    skillId: string,
    options: PlaneOptions,
    find: (aim: Aim) => SkillRoot | Promise<SkillRoot>,
    work: (operation: Operation, aim: Aim, root: SkillRoot) => Promise<Result>,
  ): Promise<Result> {
    checkSkillId(skillId);
    const { states } = this.#parts;
    return this.#run(action, options, undefined, async (operation, aim) => {
      const root = await states.consistently(aim.roots, () => find(aim));
      operation.isAbout({ skillId, root });
      let status = "blocked";
      try {
        requireAllowed(aim, root, skillId);
        status = "failed";
        const result = await work(operation, aim, root);
        operation.end(skillId, "completed", result?.message ?? null);
        return result;
      } catch (error) {
        operation.end(skillId, status, (error as Error).message);
        throw error;
      }
    });
  }

  async #run<T>(
    action: LifecycleAction,
    options: PlaneOptions,
    signal: AbortSignal | undefined,
    work: (operation: Operation, aim: Aim) => Promise<T>,
  ): Promise<T> {
    const { plane, targetRoot } = checkPlaneOptions(options);
    const { protectedSkillIds, skills } = this.#parts;
    return this.#inTurn(async () => {
      const closing = this.#closing.signal;
      const ends = signal === undefined ? closing : AbortSignal.any([signal, closing]);
      ends.throwIfAborted();
      const operation = new Operation(action, plane, ends, this.#sink);
      operation.report("validating_request", "started");
      try {
        const roots = skills.roots();
        if (roots.length === 0) {
          throw new SkillError(
            "SKILL_ROOT",
            `${action}: no skill root is loaded yet, call load(roots) first`,
          );
        }
        const result = await work(operation, { roots, plane, action, targetRoot, protectedSkillIds });
        operation.report("completed", "completed");
        return result;
      } catch (error) {
        operation.report("failed", "failed", { message: (error as Error).message });
        throw error;
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
