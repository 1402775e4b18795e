// The thread that runs LanceDB for `EmbeddedLance`: its work in JavaScript, the conversion of rows, would hold the event loop.

import { parentPort, workerData } from "node:worker_threads";
import { FileLocks } from "../../files/file-lock.js";
import type { DatabaseRequest } from "../provider.js";
import { serve } from "../scheduling/serve.js";
import type { CallCounter } from "./calls-in-flight.js";
import { LanceDatabases } from "./databases.js";
import type { LanceLocation } from "./location.js";

export type LanceWork =
  | { op: "perform"; location: LanceLocation; request: DatabaseRequest }
  | { op: "release"; uri: string }
  | { op: "close" };

export interface LanceWorkerData {
  /** Calls into the library, for the thread that must not end the process below them. */
  calls: CallCounter;
}

const { calls } = workerData as LanceWorkerData;
// The library may reject a promise that nobody waits for. The thread must not end for it: it would end the process, should
// another call be in progress.
process.on("unhandledRejection", reason => process.emitWarning(`LanceDB: ${reason}`));

/** Milliseconds that a write waits for its turn: others hold the lock for whole merges, each of which rewrites tables. */
const turnWaitMs = 60_000;
const fileLocks = new FileLocks();
const locks = { acquire: (path: string) => fileLocks.acquire(path, { waitMs: turnWaitMs }) };
const databases = new LanceDatabases({ locks, callCounter: calls });

async function close(): Promise<void> {
  await databases[Symbol.asyncDispose]();
  fileLocks[Symbol.dispose]();
  parentPort?.close();
}

serve(body => {
  const work = body as LanceWork;
  switch (work.op) {
    case "perform":
      return databases.perform(work.location, work.request);
    case "release":
      return databases.release(work.uri);
    default:
      return close();
  }
});
