// The shells that commands can be given to.

import { type SearchEnvironment, which } from "./which.js";

export type ShellName = "sh" | "bash" | "zsh" | "pwsh" | "powershell" | "cmd";

const unixShells: readonly ShellName[] = ["sh", "bash", "zsh", "pwsh", "powershell"];
const windowsShells: readonly ShellName[] = ["cmd", "pwsh", "powershell", "bash", "zsh", "sh"];

/** A command line for the operating system. */
export interface ShellLine {
  file: string;
  args: string[];
  /** The arguments are quoted already (Windows). */
  verbatim: boolean;
}

export function shellLine(shell: ShellName, command: string): ShellLine {
  switch (shell) {
    case "cmd":
      // With /S, cmd takes away the outer quotes and nothing else.
      return { file: "cmd.exe", args: ["/D", "/S", "/C", `"${command}"`], verbatim: true };
    case "pwsh":
    case "powershell":
      return { file: shell, args: ["-NoProfile", "-Command", command], verbatim: false };
    case "sh":
      return { file: "sh", args: ["-c", command], verbatim: false };
    default:
      return { file: shell, args: ["-lc", command], verbatim: false };
  }
}

export interface Launchers {
  default: ShellName;
  /** What is installed, the default first. */
  shells: ShellName[];
}

export function defaultShell(platform: NodeJS.Platform): ShellName {
  return platform === "win32" ? "cmd" : "sh";
}

export function launchers(search: SearchEnvironment): Launchers {
  const known = search.platform === "win32" ? windowsShells : unixShells;
  return {
    default: defaultShell(search.platform),
    shells: known.filter(shell => which(shell, search) !== undefined),
  };
}
