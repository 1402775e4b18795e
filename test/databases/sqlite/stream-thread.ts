// The thread that produces the streams of the tests.

import { parentPort } from "node:worker_threads";
import { type StreamJob, StreamProducer } from "#dist/databases/sqlite/streams/producer.js";

parentPort?.on("message", async (job: StreamJob) => {
  await new StreamProducer(job).run();
  parentPort?.postMessage(job.token);
});
