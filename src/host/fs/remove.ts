// Removing files, links and folders.

import { disk } from "./disk.js";
import { isMissing } from "./failure.js";
import { refuseRoot } from "./root.js";
import type { Steps } from "./steps.js";

/**
 * Removes what is under the path. A symbolic link is removed itself, whatever it leads to; a folder has to be empty unless
 * `recursive`.
 *
 * @returns false when there is nothing
 */
export function* remove(path: string, recursive: boolean): Steps<boolean> {
  try {
    const stats = yield* disk.lstat(path);
    if (!stats.isDirectory()) {
      yield* disk.unlink(path);
      return true;
    }
    const folder = yield* disk.realpath(path); // `a/..` has a name that can be removed
    refuseRoot(folder);
    yield* recursive ? disk.removeTree(folder) : disk.removeFolder(folder);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
