// What the operations of one engine work with.

import type { HostPaths } from "../packages/paths.js";
import type { SkillFolder, SkillRoot } from "../packages/roots.js";
import type { SkillAftermath } from "./aftermath.js";
import type { Dependencies } from "./dependencies/dependencies.js";
import type { Sources } from "./sources/registry.js";
import type { RootStates } from "./transactions/root-states.js";

export interface LifecycleParts {
  readonly paths: HostPaths;
  readonly protectedSkillIds: ReadonlySet<string>;
  readonly sources: Sources;
  readonly dependencies: Dependencies;
  readonly states: RootStates;
  readonly aftermath: SkillAftermath;
  readonly skills: LoadedSkillsPort;
  readonly warn: (message: string) => void;
}

/** Why skills of a load serve not, or not in the version that is on the disk. */
export interface LoadFailures {
  readonly failed: readonly { skillId: string; error: string }[];
}

/** The skills that the engine has loaded, as the lifecycle needs them. */
export interface LoadedSkillsPort {
  /** The chain of the last load, empty before it. */
  roots(): readonly SkillRoot[];
  /** The root that the skill serves from; undefined when it does not serve. */
  servingRoot(skillId: string): string | undefined;
  /** Loads a skill where it lies, beside those that serve. Empty when it would serve. */
  problems(folder: SkillFolder): Promise<string[]>;
  /** Keeps other loads out while `work` runs, which loads the chain by what it is given. */
  exclusively<T>(work: (reload: () => Promise<LoadFailures>) => Promise<T>): Promise<T>;
}
