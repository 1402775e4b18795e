// Making folders.

import { mkdirSync } from "node:fs";
import { isFolder } from "./stat.js";

/**
 * @param recursive makes the folders above it as well
 * @returns false when it is a folder already, or a link to one
 */
export function makeFolder(path: string, recursive: boolean): boolean {
  try {
    // With `recursive` the answer is the first folder that had to be made.
    return mkdirSync(path, { recursive }) !== undefined || !recursive;
  } catch (error) {
    if (isFolder(path)) return false; // not EEXIST everywhere: Windows says EPERM of a drive
    throw error;
  }
}
