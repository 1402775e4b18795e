// luaskills: load folders of Lua tools and call them.

export type { HostCaller } from "./host/caller.js";
export type { HostToolOptions } from "./host/host-tools.js";
export type { EmbedResult, LlmResult, ModelErrorCode, ModelOptions, Models } from "./host/models.js";
export type { ConfigEntry } from "./skills/config-store.js";
export type { CloseOptions, EngineEvents } from "./skills/engine.js";
export { SkillEngine } from "./skills/engine.js";
export type { SkillErrorCode } from "./skills/errors.js";
export { SkillError } from "./skills/errors.js";
export type { HostResult } from "./skills/host-result.js";
export type { HostTool } from "./skills/host-tools.js";
export type { Parameter } from "./skills/input-schema.js";
export type { CallOptions } from "./skills/invocation.js";
export type { LoadReport } from "./skills/load.js";
export type { LogEvent, Logger, LogLevel, StructuredLogger } from "./skills/log.js";
export type { SkillEngineOptions } from "./skills/options.js";
export type { EntryDescriptor } from "./skills/registry.js";
export type { InvocationResult } from "./skills/result.js";
export type { SkillRoot } from "./skills/roots.js";
export type { SkillManagementRequest, SkillManager } from "./skills/skill-management.js";
export type { CacheOptions, CacheStats } from "./skills/tool-cache.js";
export type { Json, LuaErrorCode, PoolOptions, RunOptions } from "./vm/index.js";
export { LuaError } from "./vm/index.js";
