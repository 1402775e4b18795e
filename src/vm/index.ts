/** Real LuaJIT for Node.js: VMs, function handles and a pool. Knows nothing of skills. */
export { LuaError, type LuaErrorCode, type LuaErrorDetails } from "./errors.js";
export type { Json } from "./json.js";
export { setLaneCount } from "./lanes.js";
export type { LuaFunction } from "./lua-function.js";
export { type ChunkOptions, type LoadOptions, LuaVm, type VmOptions } from "./lua-vm.js";
export { PoolError, type PoolErrorCode } from "./pool-error.js";
export type { PoolOptions } from "./pool-options.js";
export type { RunOptions } from "./run-options.js";
export { type PoolStats, VmPool } from "./vm-pool.js";
