import { existsSync, readFileSync } from "node:fs";

/** What has ended and was not collected yet by whoever inherited it is gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !existsSync(`/proc/${pid}/stat`) || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
}
