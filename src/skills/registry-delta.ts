// What a reload changed about the entries that hosts offer.

import { isDeepStrictEqual } from "node:util";
import type { EntryDescriptor, Registry } from "./registry.js";
import { TimeSlice } from "./time-slice.js";

/** Each list in byte order of the canonical name. */
export interface RegistryDelta {
  added: EntryDescriptor[];
  /** Entries of a name that was there before and whose descriptor differs, as they are now. */
  updated: EntryDescriptor[];
  /** Canonical names. */
  removed: string[];
}

/** @returns undefined when both offer the same */
export async function registryDelta(before: Registry, after: Registry): Promise<RegistryDelta | undefined> {
  const slice = new TimeSlice();
  const delta: RegistryDelta = { added: [], updated: [], removed: [] };
  // Registries are in order of their names, so the lists are.
  for (const [name, { descriptor }] of after) {
    await slice.rest();
    const old = before.get(name);
    if (old === undefined) delta.added.push(structuredClone(descriptor));
    else if (!isDeepStrictEqual(old.descriptor, descriptor)) delta.updated.push(structuredClone(descriptor));
  }
  for (const name of before.keys()) if (!after.has(name)) delta.removed.push(name);
  const changed = delta.added.length + delta.updated.length + delta.removed.length > 0;
  return changed ? delta : undefined;
}
