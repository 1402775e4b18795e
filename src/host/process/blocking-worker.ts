// The thread in which processes of synchronous calls live.

import { workerData } from "node:worker_threads";
import type { BlockingAnswer, BlockingRequest, BlockingWorkerData } from "./blocking.js";
import { SpawnError } from "./child.js";
import { Pipe } from "./pipe.js";
import { runToEnd } from "./run-to-end.js";
import { Spawner } from "./spawner.js";

const { port, answers } = workerData as BlockingWorkerData;
const spawner = new Spawner();
const pipes = new Map<number, Pipe>();
let opened = 0;

async function perform(request: BlockingRequest): Promise<unknown> {
  switch (request.op) {
    case "run":
      return runToEnd(request.plan, spawner);
    case "open": {
      const pipe = await Pipe.open(request.launch, request.mode, spawner);
      opened += 1;
      pipes.set(opened, pipe);
      return { id: opened, pid: pipe.pid };
    }
    case "read":
      return pipes.get(request.id)?.read();
    case "write":
      return pipes.get(request.id)?.write(request.bytes);
    case "close": {
      const end = await pipes.get(request.id)?.close();
      pipes.delete(request.id);
      return end;
    }
    case "drop":
      pipes.get(request.id)?.kill();
      pipes.delete(request.id);
  }
}

async function answer(request: BlockingRequest): Promise<BlockingAnswer> {
  try {
    return { kind: "value", value: await perform(request) };
  } catch (error) {
    const kind = error instanceof SpawnError ? "not started" : "failed";
    return { kind, message: error instanceof Error ? error.message : String(error) };
  }
}

function wake(): void {
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
}

port.on("message", async (request: BlockingRequest) => {
  const reply = await answer(request);
  if (request.op === "drop") return;
  port.postMessage(reply);
  wake();
});
wake();
