// The thread in which a session store works, so that a lock that another process holds stops no turn.

import { parentPort } from "node:worker_threads";
import { serve } from "../../databases/scheduling/serve.js";
import type { Compaction } from "../session-store.js";
import { type FinishedTurn, SessionFile } from "./session-file.js";

export type SessionWork =
  | { op: "open"; file: string }
  | { op: "read"; token: number; sessionKey: string }
  | { op: "finish"; token: number; turn: FinishedTurn }
  | { op: "compact"; token: number; sessionKey: string; compaction: Compaction; compactions: number }
  | { op: "clear"; token: number; sessionKey: string }
  | { op: "list"; token: number }
  | { op: "close" };

let opened: SessionFile | undefined;

serve(body => {
  const work = body as SessionWork;
  if (work.op === "open") {
    opened = new SessionFile(work.file);
    return undefined;
  }
  if (work.op === "close") {
    opened?.[Symbol.dispose]();
    parentPort?.close();
    return undefined;
  }
  if (opened === undefined) throw new Error("the file is not open");
  return opened.request(work.token, file => {
    switch (work.op) {
      case "read":
        return file.read(work.sessionKey);
      case "finish":
        return file.finish(work.turn);
      case "compact":
        return file.compact(work.sessionKey, work.compaction, work.compactions);
      case "clear":
        return file.clear(work.sessionKey);
      default:
        return file.list();
    }
  });
});
