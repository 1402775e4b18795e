/**
 * What can go wrong in the pool itself (what goes wrong in Lua is a `LuaError`).
 *
 * - `POOL_TIMEOUT`: no VM became free within `acquireTimeoutMs`.
 * - `POOL_CLOSED`: the pool was closed before or while the caller waited.
 * - `POOL_FACTORY`: the `create` function returned something the pool cannot use.
 * - `POOL_FOREIGN_VM`: a VM was handed to the pool that it did not create.
 */
export type PoolErrorCode = "POOL_TIMEOUT" | "POOL_CLOSED" | "POOL_FACTORY" | "POOL_FOREIGN_VM";

export class PoolError extends Error {
  readonly code: PoolErrorCode;

  constructor(code: PoolErrorCode, message: string) {
    super(message);
    this.name = "PoolError";
    this.code = code;
  }
}
