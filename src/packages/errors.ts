// The registry of everything the skill layer can refuse. Errors of Lua code itself stay LuaError (luaskills/vm).

/**
 * | code | raised when |
 * |---|---|
 * | `SKILL_NOT_FOUND` | no loaded entry has the called name |
 * | `SKILL_MANIFEST` | a manifest or an entry file breaks the package rules; inside the engine this lands in the load report |
 * | `SKILL_ROOT` | a skill root is not usable: wrong shape, not a folder, not readable |
 * | `SKILL_ARGUMENTS` | the arguments of a call break the input schema (then `problems` has each), or cannot be handed to Lua |
 * | `SKILL_CONFIG` | the config file cannot be located, read, parsed or written, or the skill id or key is no valid one |
 * | `SKILL_RESULT` | an entry broke the return protocol (content, overflow mode, template hint) |
 * | `SKILL_HELP` | a skill has no such help page, or its file cannot be read |
 * | `SKILL_REQUEST` | a lifecycle request is not understood: no skill id, a source of the wrong form, a range that is none |
 * | `SKILL_DENIED` | a policy forbids a lifecycle operation: protection, layers, a hidden target, a source that the host does not allow |
 * | `SKILL_NOT_INSTALLED` | no root declares the skill that an operation is about |
 * | `SKILL_SOURCE` | a source does not answer, or has no such package or version |
 * | `SKILL_PACKAGE` | what a source gave is refused: hostile archive, wrong checksum, wrong version, or a skill that does not load |
 * | `SKILL_DEPENDENCY` | a dependency of a skill is missing or cannot be installed |
 * | `SKILL_STATE` | the state folder of a root cannot be read, written or recovered |
 * | `SKILL_BUSY` | another process works on the same root |
 * | `LEASE_EXISTS` | a lease of this sid is there already, and `replace` was not given |
 * | `LEASE_BUSY` | the lease runs something else |
 * | `LEASE_LIMIT` | there are as many leases as an engine gives out |
 * | `LEASE_CLOSED` | the lease was closed |
 * | `LEASE_EXPIRED` | the lease was not used for its time to live |
 * | `LEASE_REPLACED` | a newer lease took the sid over |
 * | `POOL_TIMEOUT` | no VM became free within `pool.acquireTimeoutMs` |
 * | `MCP_CURSOR` | the next page of a result was asked for with a cursor that is none, or whose result is no longer kept |
 * | `ENGINE_CLOSED` | the engine was closed before or during the operation |
 */
export type SkillErrorCode =
  | "SKILL_NOT_FOUND"
  | "SKILL_MANIFEST"
  | "SKILL_ROOT"
  | "SKILL_ARGUMENTS"
  | "SKILL_CONFIG"
  | "SKILL_RESULT"
  | "SKILL_HELP"
  | "SKILL_REQUEST"
  | "SKILL_DENIED"
  | "SKILL_NOT_INSTALLED"
  | "SKILL_SOURCE"
  | "SKILL_PACKAGE"
  | "SKILL_DEPENDENCY"
  | "SKILL_STATE"
  | "SKILL_BUSY"
  | "LEASE_EXISTS"
  | "LEASE_BUSY"
  | "LEASE_LIMIT"
  | "LEASE_CLOSED"
  | "LEASE_EXPIRED"
  | "LEASE_REPLACED"
  | "POOL_TIMEOUT"
  | "MCP_CURSOR"
  | "ENGINE_CLOSED";

/** One thing that is wrong with the arguments of a call. */
export interface ArgumentProblem {
  /** JSON Pointer of the place, from the arguments on: `/items/3/name`; of what is missing, where it should be. */
  pointer: string;
  /** What is wrong there, without the place: `must be string`. */
  message: string;
}

/** A refusal by the skill layer. `code` is stable, `message` says what was wrong, where, and what to do. */
export class SkillError extends Error {
  readonly code: SkillErrorCode;
  /** Arguments that break the input schema of their entry; absent for anything else. */
  declare readonly problems?: readonly ArgumentProblem[];

  constructor(
    code: SkillErrorCode,
    message: string,
    options?: { cause?: unknown; problems?: readonly ArgumentProblem[] },
  ) {
    super(message, options);
    this.name = "SkillError";
    this.code = code;
    if (options?.problems !== undefined) this.problems = options.problems;
  }
}
