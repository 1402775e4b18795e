// The worker's side of `WorkerThread`: answers each message of the parent with what a function makes of it.

import { parentPort, type Transferable } from "node:worker_threads";
import type { WorkAnswer, WorkMessage } from "./worker-thread.js";

/** @param perform what it throws or rejects with becomes the error of the one who asked */
export function serve(perform: (body: unknown) => unknown): void {
  const port = parentPort;
  if (port === null) throw new Error("this file runs in a worker thread");
  const reply = (answer: WorkAnswer) => {
    const value = "value" in answer ? answer.value : undefined;
    // Moved, not copied. A view of part of a buffer is copied: the rest belongs to somebody else.
    const moved: Transferable[] =
      value instanceof Uint8Array && value.byteLength === value.buffer.byteLength
        ? [value.buffer as ArrayBuffer]
        : [];
    port.postMessage(answer, moved);
  };
  const fail = (id: number, error: unknown) =>
    reply({ id, error: error instanceof Error ? error.message : String(error) });
  port.on("message", ({ id, body }: WorkMessage) => {
    try {
      const outcome = perform(body);
      if (outcome instanceof Promise) {
        outcome.then(
          value => reply({ id, value }),
          error => fail(id, error),
        );
      } else reply({ id, value: outcome });
    } catch (error) {
      fail(id, error);
    }
  });
}
