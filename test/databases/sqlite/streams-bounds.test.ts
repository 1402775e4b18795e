// What streams of large results take: memory that does not grow with the result, and disk space that comes back.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chunkOf, numbers, type StreamBench, streamBench } from "./stream-bench.js";

const mebibyte = 1024 * 1024;
/** Of a result of 300 MiB; far from what a copy of it would take. */
const mostGrowth = 150 * mebibyte;

/** The most memory that the process takes while something is done, above what it took before. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  await work().finally(() => clearInterval(timer));
  return Math.max(most, process.memoryUsage.rss()) - before;
}

/** Reads a stream to its end, each chunk once; the number of bytes. */
async function drain({ ask, open }: StreamBench, sql: string): Promise<number> {
  const stream_id = await open(sql);
  let bytes = 0;
  const { total_bytes, chunk_count } = await ask("stream_wait_metrics", { stream_id });
  for (let index = 0; index < Number(chunk_count); index++) {
    bytes += chunkOf(await ask("stream_chunk", { stream_id, index })).length;
  }
  assert.equal(bytes, total_bytes);
  await ask("stream_close", { stream_id });
  return bytes;
}

for (const [what, sql] of [
  ["blobs", `SELECT i, randomblob(100000) AS data FROM ${numbers(3150)}`],
  [
    "texts that become hexadecimal",
    `SELECT i, CASE WHEN i = 1 THEN 'x' ELSE zeroblob(50000) END AS data FROM ${numbers(3150)}`,
  ],
  ["sorted rows", `SELECT i, zeroblob(100000) AS data FROM ${numbers(3150)} ORDER BY random()`],
] as const) {
  test(`a stream of 300 MiB of ${what} takes a small part of it in memory`, async t => {
    const bench = streamBench(t);
    await bench.table("SELECT 1 AS a"); // starts the thread
    const taken = await growth(async () => {
      assert.ok((await drain(bench, sql)) > 300 * mebibyte);
    });
    assert.ok(taken < mostGrowth, `${Math.round(taken / mebibyte)} MiB`);
  });
}

test("a file that cannot grow fails the stream and gives its space back", {
  skip: process.platform === "win32",
}, () => {
  const script = fileURLToPath(new URL("./streams-limited.js", import.meta.url));
  // Blocks of 512 bytes, or of 1024 in some shells.
  const child = spawnSync("sh", ["-c", `ulimit -f 4096; exec "$0" "$1"`, process.execPath, script], {
    encoding: "utf8",
  });
  assert.equal(child.stderr, "");
  assert.deepEqual(JSON.parse(child.stdout), {
    message:
      "sqlite.query_stream_wait_metrics: the file of the stream cannot be written: EFBIG: file too large, write",
    sizes: [0],
    left: [],
  });
});
