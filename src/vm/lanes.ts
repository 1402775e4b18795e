import { addon } from "./binding.js";

const MAX_LANES = 256;

/**
 * Sets how many worker threads continue the long calls of this JavaScript environment. Default: one per core, at most 8.
 *
 * @returns false, without effect, once the first of them has started: they belong to all VMs of the environment
 * @throws TypeError | RangeError
 */
export function setLaneCount(count: number): boolean {
  if (typeof count !== "number")
    throw new TypeError(`setLaneCount: count must be a number, got ${typeof count}`);
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_LANES) {
    throw new RangeError(`setLaneCount: count must be an integer from 1 to ${MAX_LANES}, got ${count}`);
  }
  return addon.setLaneCount(count);
}
