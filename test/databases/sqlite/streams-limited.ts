// Run by streams-bounds.test.ts in a process that may not write large files: what a stream says that needs one.

import { fstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JiebaInstances } from "#dist/databases/sqlite/jieba-instances.js";
import { StreamProducer } from "#dist/databases/sqlite/streams/producer.js";
import { Streams } from "#dist/databases/sqlite/streams/streams.js";
import { numbers } from "./stream-bench.js";

const folder = mkdtempSync(join(tmpdir(), "luaskills-streams-"));
const file = join(folder, "skill.sqlite3");
const spools = mkdtempSync(join(folder, "spools-"));
const instances = new JiebaInstances();
const descriptors: number[] = [];
const streams = new Streams(job => {
  descriptors.push(job.fd);
  return new StreamProducer(job, instances).run();
}, spools);
const { signal } = new AbortController();
const ask = (action: string, input: unknown) =>
  streams.perform(file, { action, head: JSON.stringify(input) }, signal);

await ask("query_stream", { sql: `SELECT zeroblob(100000) AS data FROM ${numbers(1000)}` });
const message = await ask("query_stream_wait_metrics", { stream_id: 1 }).then(
  () => "no error",
  error => (error as Error).message,
);
const sizes = descriptors.map(fd => fstatSync(fd).size);
await streams.close();
const left = readdirSync(spools);
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ message, sizes, left }));
