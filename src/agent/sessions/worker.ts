// The thread in which a session store works, so that a lock that another process holds stops no turn.

import { parentPort } from "node:worker_threads";
import { serve } from "../../databases/scheduling/serve.js";
import type { Compaction } from "../session-store.js";
import { type FinishedTurn, SessionFile } from "./session-file.js";

/** What is asked of the open file. */
export type SessionRequest =
  | { op: "read"; sessionKey: string }
  | { op: "finish"; turn: FinishedTurn }
  | { op: "compact"; sessionKey: string; compaction: Compaction; compactions: number }
  | { op: "clear"; sessionKey: string }
  | { op: "list" };

export type SessionWork =
  | { op: "open"; file: string }
  /** `token`: by which the request can be interrupted. */
  | { op: "perform"; request: SessionRequest; token: number }
  | { op: "close" };

let opened: SessionFile | undefined;

serve(body => {
  const work = body as SessionWork;
  switch (work.op) {
    case "open":
      opened = new SessionFile(work.file);
      return undefined;
    case "perform":
      if (opened === undefined) throw new Error("the file is not open");
      return opened.request(work.token, file => perform(file, work.request));
    default:
      opened?.[Symbol.dispose]();
      parentPort?.close();
      return undefined;
  }
});

function perform(file: SessionFile, request: SessionRequest): unknown {
  switch (request.op) {
    case "read":
      return file.read(request.sessionKey);
    case "finish":
      return file.finish(request.turn);
    case "compact":
      return file.compact(request.sessionKey, request.compaction, request.compactions);
    case "clear":
      return file.clear(request.sessionKey);
    default:
      return file.list();
  }
}
