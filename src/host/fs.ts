// vulcan.fs: files and folders of the host. Paths are relative to the process directory.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { FunctionGroup } from "../vm/host-support.js";
import { requirePath } from "./arguments.js";
import type { HostBuilder } from "./builder.js";

/** Reads beyond this many bytes leave the JS thread free, where the run can wait. */
const asyncReadBytes = 64 * 1024;

const group = new FunctionGroup("vulcan.fs", ["list", "read", "exists", "is_dir"]);

export function installFs(builder: HostBuilder): void {
  builder.functions(group, () => ({
    list: path => list(requirePath("fs.list", "path", path)),
    read: {
      wait: path => read(requirePath("fs.read", "path", path)),
      sync: path => readSync(requirePath("fs.read", "path", path)),
    },
    exists: path => existsSync(requirePath("fs.exists", "path", path)),
    is_dir: path => {
      const stats = statSync(requirePath("fs.is_dir", "path", path), { throwIfNoEntry: false });
      return stats?.isDirectory() ?? false;
    },
  }));
}

/** Names in the order the file system gives them, without `.` and `..`. */
function list(path: string): string[] {
  const names = attempt("fs.list", () => readdirSync(path, { encoding: "buffer" }));
  return names.map(name => decode(name, `fs.list: non-UTF-8 file name under ${path}`));
}

function read(path: string): string | Promise<string> {
  const size = attempt("fs.read", () => statSync(path)).size;
  if (size <= asyncReadBytes) return readSync(path);
  return readFile(path).then(
    bytes => decodeFile(bytes, path),
    error => fail("fs.read", error),
  );
}

function readSync(path: string): string {
  return decodeFile(
    attempt("fs.read", () => readFileSync(path)),
    path,
  );
}

function decodeFile(bytes: Uint8Array, path: string): string {
  return decode(bytes, `fs.read: ${path} is not valid UTF-8`);
}

function decode(bytes: Uint8Array, problem: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
}

function attempt<T>(fn: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    return fail(fn, error);
  }
}

function fail(fn: string, error: unknown): never {
  if (error instanceof Error && !("code" in error)) throw error;
  throw new Error(`${fn}: ${(error as Error).message}`, { cause: error });
}
