import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/**
 * The file that keeps what was typed: LUASKILLS_HISTORY, else a place for the state of programs in the user's home. Its
 * folder is made.
 *
 * @returns undefined when nothing is to be kept (LUASKILLS_HISTORY is empty) or its folder cannot be made
 */
export function historyFile(env: NodeJS.ProcessEnv): string | undefined {
  if (env.LUASKILLS_HISTORY === "") return undefined;
  const file = resolve(env.LUASKILLS_HISTORY ?? join(stateFolder(env), "luaskills", "repl_history"));
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return file;
  } catch {
    return undefined;
  }
}

function stateFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  return env.XDG_STATE_HOME ?? join(homedir(), ".local", "state");
}
