// Names of things that are not finished yet.

import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";

/** A name in the folder of `path`, from where a rename reaches it in one step. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.luaskills-${randomBytes(8).toString("hex")}.tmp`);
}
