// The background tasks that `spawn` has started, for `spawn_status`.

import type { ToolOrigin } from "../tools/tool.js";
import type { SubTurnRequest, SubTurnResult } from "./sub-turn.js";

type TaskStatus = "running" | "completed" | "failed" | "canceled";

interface Task {
  id: string;
  /** Conversation that it belongs to. */
  place: string;
  request: SubTurnRequest;
  status: TaskStatus;
  result: string;
}

const shown = 300;
/** Ended tasks beyond this are forgotten, the oldest first. */
const kept = 200;

export class SpawnedTasks {
  /** In the order in which they were started. */
  readonly #tasks = new Map<string, Task>();

  /** @returns to be called with the result */
  add(id: string, origin: ToolOrigin, request: SubTurnRequest): (result: SubTurnResult) => void {
    const task: Task = { id, place: placeOf(origin), request, status: "running", result: "" };
    this.#tasks.set(id, task);
    this.#forget();
    return ({ status, text }) => {
      task.status =
        status === "aborted"
          ? "canceled"
          : status === "error" || status === "timeout"
            ? "failed"
            : "completed";
      task.result = text;
    };
  }

  /** Those of the conversation that asks, or one of them. */
  report(origin: ToolOrigin, id: string | undefined): string {
    const place = placeOf(origin);
    const own = [...this.#tasks.values()].filter(task => task.place === place);
    if (id === undefined) return own.length === 0 ? "No background tasks." : own.map(line).join("\n");
    const task = own.find(candidate => candidate.id === id);
    return task === undefined ? `No background task has the id ${JSON.stringify(id)}.` : line(task);
  }

  #forget(): void {
    if (this.#tasks.size <= kept) return;
    const oldest = [...this.#tasks.values()].find(({ status }) => status !== "running");
    if (oldest !== undefined) this.#tasks.delete(oldest.id);
  }
}

/** A channel and a chat, where there are such; else the session. */
function placeOf({ channel, chatId, rootSessionKey }: ToolOrigin): string {
  return channel === "" && chatId === "" ? `session ${rootSessionKey}` : `chat ${channel} ${chatId}`;
}

function line({ id, request, status, result }: Task): string {
  const runes = [...result];
  const text = runes.length <= shown ? result : `${runes.slice(0, shown).join("")}...`;
  return `${id} [${status}] ${request.label ?? request.task}${text === "" ? "" : `: ${text}`}`;
}
