// luaskills: load folders of Lua tools and call them.

export type { InvocationContext, RequestContext } from "./host/scope.js";
export type { CloseOptions, EngineEvents, VisibilityOptions } from "./skills/engine.js";
export { SkillEngine } from "./skills/engine.js";
export type { SkillErrorCode } from "./skills/errors.js";
export { SkillError } from "./skills/errors.js";
export type { ExecRequest } from "./skills/exec-request.js";
export type { HelpDetail, HelpNode, HelpTree } from "./skills/help.js";
export type { HostResult } from "./skills/host-result.js";
export type { Parameter } from "./skills/input-schema.js";
export type { CallOptions } from "./skills/invocation.js";
export type { Lease, LeaseOptions } from "./skills/leases.js";
export type { LoadReport } from "./skills/load.js";
export type { LogEvent, Logger, LogLevel, StructuredLogger } from "./skills/log.js";
export type { SkillEngineOptions } from "./skills/options.js";
export type { Authority } from "./skills/policy.js";
export type { EntryDescriptor } from "./skills/registry.js";
export type { RegistryDelta } from "./skills/registry-delta.js";
export type { InvocationResult } from "./skills/result.js";
export type { SkillRoot } from "./skills/roots.js";
export type { Json, LuaErrorCode, PoolOptions, RunOptions } from "./vm/index.js";
export { LuaError } from "./vm/index.js";
