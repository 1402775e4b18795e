// Every write makes a version of the table, and every write that adds rows a file, which each search opens: 70 ms for 1000
// single rows, 2 ms once they are one file (measured). Tables that are written in small pieces are put in order by their
// writers, now and then.

import type { Table } from "@lancedb/lancedb";
import type { CallsInFlight } from "./calls-in-flight.js";

/** Share of the writes after which a table is looked at. It needs no count that several processes would have to keep. */
export const usualUpkeepChance = 1 / 32;

const mostPieces = 64;
/** A larger table may have more pieces, so that it is not written anew for each few of them. */
const bytesPerPiece = 4 * 2 ** 20;
/** Writing a table of this size anew would hold up the call that happens to do it. Its host has LanceDB's own `optimize`. */
const largestBytes = 2 ** 30;
/** Versions that are older than this, in milliseconds, are removed: readers of ours take the newest at each search. */
const keepVersionsMs = 60 * 60 * 1000;

/** @param table after a write that has succeeded, whatever becomes of the upkeep */
export async function keepInOrder(table: Table, calls: CallsInFlight, chance: number): Promise<void> {
  if (Math.random() >= chance) return;
  try {
    const { totalBytes, fragmentStats } = await calls.run(() => table.stats());
    const allowed = mostPieces + totalBytes / bytesPerPiece;
    if (fragmentStats.numSmallFragments <= allowed || totalBytes > largestBytes) return;
    const cleanupOlderThan = new Date(Date.now() - keepVersionsMs);
    await calls.run(() => table.optimize({ cleanupOlderThan }));
  } catch {
    // Another writer changed the same files, or the process ends. The next upkeep will find the same to do.
  }
}
