// Which conversation it is, and where conversations are kept.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SessionListing } from "../../agent/sessions/session-file.js";
import { SqliteSessionStore } from "../../agent/sessions/sqlite-session-store.js";
import type { AgentCommandOptions } from "../agent.js";
import { OperationError, UsageError } from "../failure.js";
import type { GlobalOptions } from "../global-options.js";
import { formatTable } from "../table.js";
import type { Terminal } from "../terminal.js";

type Options = GlobalOptions & AgentCommandOptions;

/** With the runtime where there is one, else where programs of the user keep their state. */
export function sessionFile({ sessions, runtimeRoot }: Options, env: NodeJS.ProcessEnv): string {
  if (sessions !== undefined) return sessions;
  if (runtimeRoot !== undefined) return join(runtimeRoot, "agent", "sessions.sqlite3");
  const state =
    process.platform === "win32"
      ? (env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
      : env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(state, "luaskills", "sessions.sqlite3");
}

export interface ChosenSession {
  key: string;
  /** Undefined: nothing is kept. */
  store: SqliteSessionStore | undefined;
}

/**
 * A conversation is kept unless `--no-save` says otherwise, a single question only in a session that was asked for.
 *
 * @throws AgentError when the file cannot be used
 */
export async function chooseSession(options: Options, isConversation: boolean): Promise<ChosenSession> {
  const { session, save } = options;
  requireOne(options);
  const isKept = save && (isConversation || session !== undefined || options.continue === true);
  if (!isKept) return { key: session ?? newKey(new Date()), store: undefined };
  const store = await SqliteSessionStore.open(sessionFile(options, process.env));
  try {
    const key = session ?? (options.continue ? await lastKey(store) : newKey(new Date()));
    return { key, store };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function requireOne({ session, continue: goesOn, save }: Options): void {
  if (session !== undefined && goesOn) {
    throw new UsageError("--session and --continue are both given", "give one of them");
  }
  if (!save && (session !== undefined || goesOn)) {
    throw new UsageError(
      "--no-save keeps nothing, so there is no session to go on with",
      "leave one of them out",
    );
  }
}

/** By the time at which it begins: `20261130-091500-417`. */
export function newKey(now: Date): string {
  const [date = "", time = ""] = now.toISOString().replace(/[-:]/g, "").split(/[TZ]/);
  return `${date}-${time.replace(".", "-")}`;
}

/** The session that was used last. */
async function lastKey(store: SqliteSessionStore): Promise<string> {
  const [last] = await listingsOf(store);
  if (last !== undefined) return last.key;
  throw new OperationError(
    "SESSION",
    `there is no session in ${store.file} yet`,
    "begin one without --continue",
  );
}

export async function listSessions(options: Options, terminal: Terminal): Promise<void> {
  const file = sessionFile(options, process.env);
  // Looking makes no file.
  const listings = existsSync(file) ? await readListings(file) : [];
  if (options.json) terminal.out(`${JSON.stringify(listings, null, 2)}\n`);
  else if (listings.length === 0) terminal.err(`there is no session in ${file} yet\n`);
  else terminal.out(sessionTable(listings, terminal));
}

async function readListings(file: string): Promise<SessionListing[]> {
  await using store = await SqliteSessionStore.open(file);
  return listingsOf(store);
}

export function sessionTable(listings: readonly SessionListing[], { columns, style }: Terminal): string {
  const rows = listings.map(({ key, updatedAt, turns, lastText }) => [
    key,
    new Date(updatedAt).toISOString().slice(0, 16).replace("T", " "),
    String(turns),
    lastText.replace(/\s+/g, " "),
  ]);
  return formatTable(["SESSION", "LAST USED (UTC)", "TURNS", "LAST SAID"], rows, columns, style.out.bold);
}

/** Newest first. */
export async function listingsOf(store: SqliteSessionStore): Promise<SessionListing[]> {
  return (await store.listings()).sort((a, b) => b.updatedAt - a.updatedAt);
}
