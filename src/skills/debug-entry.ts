// Entries of skills that people work on (`debug: true`): what they run is what the file says now.

import type { RegisteredEntry } from "./registry.js";
import { readEntrySource } from "./skill.js";

/**
 * Reads the source of the entry again and puts it in the place of the one that served before. The function has to be
 * made anew in any case, because files that the entry loads may have changed too.
 *
 * @returns true if the source differs from the one before
 * @throws SkillError `SKILL_MANIFEST` when the file cannot be read; the old source stays then
 */
export function refreshDebugEntry({ entry, descriptor }: RegisteredEntry): boolean {
  const source = readEntrySource(descriptor.skillDir, entry);
  const changed = source !== entry.source;
  entry.source = source;
  return changed;
}
