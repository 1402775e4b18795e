// A thread that runs SQLite for `EmbeddedSqlite`.

import { parentPort } from "node:worker_threads";
import type { DatabaseRequest } from "../provider.js";
import { serve } from "../work/serve.js";
import { SqliteDatabases } from "./databases.js";
import { type StreamJob, StreamProducer } from "./streams/producer.js";

export type SqliteWork =
  | { op: "perform"; file: string; request: DatabaseRequest; token: number }
  | { op: "stream"; job: StreamJob }
  | { op: "release"; file: string }
  | { op: "close" };

const databases = new SqliteDatabases();

serve(body => {
  const work = body as SqliteWork;
  switch (work.op) {
    case "perform":
      return databases.perform(work.file, work.request, { token: work.token, timeoutMs: 0 });
    case "stream":
      return new StreamProducer(work.job).run();
    case "release":
      return databases.release(work.file);
    default:
      databases[Symbol.dispose]();
      parentPort?.close();
      return undefined;
  }
});
