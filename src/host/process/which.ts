// Where a program is, by the rules of the platform.

import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";

/** What a search depends on besides the files themselves. */
export interface SearchEnvironment {
  platform: NodeJS.Platform;
  cwd: string;
  /** `PATH`. */
  path: string;
  /** `PATHEXT` (Windows). */
  pathExt: string;
}

export function searchEnvironment(cwd: string): SearchEnvironment {
  return {
    platform: process.platform,
    cwd,
    path: process.env.PATH ?? "",
    pathExt: process.env.PATHEXT ?? ".COM;.EXE;.BAT;.CMD",
  };
}

/** Absolute paths where a program of this name may be, in order. A name with a separator in it is a path already. */
export function candidates(program: string, search: SearchEnvironment): string[] {
  const windows = search.platform === "win32";
  const paths = windows ? win32 : posix;
  const explicit = paths.isAbsolute(program) || /\//.test(program) || (windows && /\\/.test(program));
  // An empty entry of PATH means the working directory.
  const folders = explicit ? [""] : search.path.split(paths.delimiter);
  const files = folders.map(folder => paths.resolve(search.cwd, folder, program));
  if (!windows) return files;
  const extensions = search.pathExt.split(";").filter(extension => extension !== "");
  const complete = extensions.some(extension => program.toLowerCase().endsWith(extension.toLowerCase()));
  return files.flatMap(file =>
    complete ? [file] : extensions.map(extension => file + extension.toLowerCase()),
  );
}

/** The absolute path of a program, undefined when there is none. */
export function which(program: string, search: SearchEnvironment): string | undefined {
  return candidates(program, search).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    if (!statSync(file).isFile()) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
