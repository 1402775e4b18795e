// A thread that runs SQLite for `EmbeddedSqlite`.

import { parentPort } from "node:worker_threads";
import type { DatabaseRequest } from "../provider.js";
import { serve } from "../scheduling/serve.js";
import { SqliteDatabases } from "./databases.js";
import { JiebaInstances } from "./jieba-instances.js";
import { type StreamJob, StreamProducer } from "./streams/producer.js";

export type SqliteWork =
  | { op: "perform"; file: string; request: DatabaseRequest; token: number }
  | { op: "stream"; job: StreamJob }
  | { op: "release"; file: string }
  | { op: "close" };

const instances = new JiebaInstances();
const databases = new SqliteDatabases(instances);

serve(body => {
  const work = body as SqliteWork;
  switch (work.op) {
    case "perform":
      return databases.perform(work.file, work.request, { token: work.token, timeoutMs: 0 });
    case "stream":
      return new StreamProducer(work.job, instances).run();
    case "release":
      return databases.release(work.file);
    default:
      databases[Symbol.dispose]();
      parentPort?.close();
      return undefined;
  }
});
