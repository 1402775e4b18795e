// Ends a process and everything it started. Children lead their own session and process group, but a group is not
// enough: shells with job control and `timeout` make groups of their own. So the process table is looked through as well.

import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";

/** One line of the process table. */
export interface ProcessRow {
  pid: number;
  parent: number;
  group: number;
  /** Undefined where the platform does not tell. */
  session: number | undefined;
}

/**
 * The processes of the session and group led by `root`, a child of `host`, and the descendants of any of them; parents come
 * before their children, so that none is there to see its child killed.
 *
 * The system does not give the number of a leader to others while anybody is left of its session. So if there is a
 * process of that number that is not ours, the tree is gone and the number is somebody else's.
 */
export function treeOf(root: number, host: number, table: readonly ProcessRow[]): number[] {
  const leader = table.find(row => row.pid === root);
  if (leader !== undefined && leader.parent !== host) return [];
  const belongs = (row: ProcessRow) => row.pid === root || row.group === root || row.session === root;
  const related = new Set(table.filter(belongs).map(row => row.pid));
  const heads = table.filter(row => related.has(row.pid) && !related.has(row.parent)).map(row => row.pid);
  const members = new Set(heads);
  // A set goes on to what is added while it is gone through.
  for (const member of members) {
    for (const row of table) if (row.parent === member) members.add(row.pid);
  }
  return [...members];
}

/** What is in `/proc/<pid>/stat`; undefined for a process that has ended, or only waits to be collected. */
export function parseStat(stat: string): ProcessRow | undefined {
  if (stat === "") return undefined;
  const pid = Number.parseInt(stat, 10);
  // The name stands in parentheses and may hold anything, parentheses included.
  const [state, parent, group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return undefined;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session) };
}

/** Lines of `ps -A -o pid=,ppid=,pgid=,stat=`, without those that only wait to be collected. */
export function parsePs(output: string): ProcessRow[] {
  return output
    .split("\n")
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields.length >= 4 && !fields[3]?.startsWith("Z"))
    .map(([pid, parent, group]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: undefined,
    }));
}

function processTable(platform: NodeJS.Platform): ProcessRow[] {
  if (platform !== "linux") {
    return parsePs(
      spawnSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat="], { encoding: "utf8" }).stdout ?? "",
    );
  }
  const rows: ProcessRow[] = [];
  const buffer = Buffer.alloc(1024);
  for (const name of readdirSync("/proc")) {
    if (!/^\d/.test(name)) continue;
    const row = parseStat(readStart(`/proc/${name}/stat`, buffer));
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** Half the price of readFileSync, and there are hundreds of these files. Empty when the process has ended meanwhile. */
function readStart(file: string, buffer: Buffer): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, 0));
  } catch {
    return "";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Arguments of `taskkill` that end a process and its descendants. */
export function taskkillArguments(pid: number): string[] {
  return ["/PID", String(pid), "/T", "/F"];
}

/** A tree that grows faster than this is not caught up with. */
const maxLooks = 16;

/** Ends the tree of a child of this process that was spawned as the leader of its own session (`detached`). */
export function killTree(pid: number, platform: NodeJS.Platform = process.platform): void {
  if (platform === "win32") {
    spawn("taskkill", taskkillArguments(pid), { stdio: "ignore", windowsHide: true }).on("error", () => {});
    return;
  }
  const killed = new Set<number>();
  for (let look = 0; look < maxLooks; look++) {
    // What is forked between the look at the table and the kill shows in the next look.
    const members = treeOf(pid, process.pid, processTable(platform)).filter(member => !killed.has(member));
    if (members.length === 0) return;
    for (const member of members) {
      kill(member);
      killed.add(member);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile, or belongs to another user.
  }
}
