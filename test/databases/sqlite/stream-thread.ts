// The thread that produces the streams of the tests.

import { parentPort } from "node:worker_threads";
import { JiebaInstances } from "#dist/databases/sqlite/jieba-instances.js";
import { type StreamJob, StreamProducer } from "#dist/databases/sqlite/streams/producer.js";

const instances = new JiebaInstances();

parentPort?.on("message", async (job: StreamJob) => {
  await new StreamProducer(job, instances).run();
  parentPort?.postMessage(job.token);
});
