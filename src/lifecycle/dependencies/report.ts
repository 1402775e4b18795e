// What became of the dependencies of one skill.

export const dependencyKinds = ["tool", "lua", "ffi"] as const;

export type DependencyKind = (typeof dependencyKinds)[number];

export interface DependencyState {
  readonly kind: DependencyKind;
  readonly name: string;
  /** As the manifest says, or as it was found; absent where neither says one. */
  readonly version?: string;
  readonly required: boolean;
  readonly scope: "skill" | "host";
  /**
   * - `present`: in place, as it was recorded
   * - `adopted`: in place, put there by hand, its digests recorded now
   * - `installed`: downloaded now
   * - `missing`: see `reason`
   */
  readonly status: "present" | "adopted" | "installed" | "missing";
  /** Folder of its files; where they would have to be when it is missing. */
  readonly folder: string;
  /** Why it is missing, in one sentence that says what to do. */
  readonly reason?: string;
}

export interface DependencyReport {
  readonly skillId: string;
  /** Tools, Lua packages, libraries, each in the order of the manifest. */
  readonly dependencies: readonly DependencyState[];
}
