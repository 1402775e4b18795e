// What skills may ask for through `vulcan.runtime.skills`, and who answers.

import type { SkillManagementAction, SkillManagement as SkillManagementPort } from "../host/skills-bridge.js";
import { type Authority, isLayered, namesRootLayer, summarizeLayers } from "../packages/policy.js";
import type { SkillRoot } from "../packages/roots.js";
import type { Json } from "../vm/index.js";

/** A request of a skill. It never has the authority of the host. */
export interface SkillManagementRequest {
  action: SkillManagementAction;
  /** What the skill passed, unchecked: null when it passed nothing. */
  input: Json;
  authority: Extract<Authority, "delegated_tool">;
}

export type SkillManager = (request: SkillManagementRequest) => Promise<Json>;

export class SkillManagement implements SkillManagementPort {
  readonly enabled: boolean;
  readonly #roots: () => readonly SkillRoot[];
  readonly #exists: (root: SkillRoot) => boolean;
  #manager: SkillManager;

  /**
   * @param manager answers until another one is set
   * @param roots the chain that is loaded
   * @param exists whether the folder of a root exists
   */
  constructor(
    enabled: boolean,
    manager: SkillManager,
    roots: () => readonly SkillRoot[],
    exists: (root: SkillRoot) => boolean,
  ) {
    this.enabled = enabled;
    this.#manager = manager;
    this.#roots = roots;
    this.#exists = exists;
  }

  /** @throws TypeError unless it is a function */
  setManager(manager: SkillManager): void {
    if (typeof manager !== "function") {
      throw new TypeError(`setSkillManager: manager must be a function, got ${typeof manager}`);
    }
    this.#manager = manager;
  }

  async request(action: SkillManagementAction, input: Json): Promise<Json> {
    if (isLayered(this.#roots()) && namesRootLayer(input)) {
      throw new Error("cannot target the system-controlled ROOT layer");
    }
    return this.#manager({ action, input, authority: "delegated_tool" });
  }

  layers(): Json {
    const { labels, layers, ...rest } = summarizeLayers(this.#roots(), this.enabled, this.#exists);
    return { ...rest, labels, layers };
  }
}
