// The single operations that steps are made of.

import * as blocking from "node:fs";
import * as waiting from "node:fs/promises";
import { type Steps, step } from "./steps.js";

/** A path whose bytes need not be text, as they are in a folder that is copied. */
type RawPath = string | Buffer;

export const disk = {
  stat: (path: string) =>
    step(
      () => blocking.statSync(path),
      () => waiting.stat(path),
    ),
  lstat: (path: RawPath) =>
    step(
      () => blocking.lstatSync(path),
      () => waiting.lstat(path),
    ),
  realpath: (path: string) =>
    step(
      () => blocking.realpathSync(path),
      () => waiting.realpath(path),
    ),
  access: (path: string, mode: number) =>
    step(
      () => blocking.accessSync(path, mode),
      () => waiting.access(path, mode),
    ),
  chmod: (path: RawPath, mode: number) =>
    step(
      () => blocking.chmodSync(path, mode),
      () => waiting.chmod(path, mode),
    ),
  writeFile: (path: string, bytes: Uint8Array, options?: { flag: "wx"; mode: number }) =>
    step(
      () => blocking.writeFileSync(path, bytes, options),
      () => waiting.writeFile(path, bytes, options),
    ),
  appendFile: (path: string, bytes: Uint8Array) =>
    step(
      () => blocking.appendFileSync(path, bytes),
      () => waiting.appendFile(path, bytes),
    ),
  copyFile: (source: RawPath, target: RawPath) =>
    step(
      () => blocking.copyFileSync(source, target, blocking.constants.COPYFILE_FICLONE),
      () => waiting.copyFile(source, target, blocking.constants.COPYFILE_FICLONE),
    ),
  rename: (source: string, target: string) =>
    step(
      () => blocking.renameSync(source, target),
      () => waiting.rename(source, target),
    ),
  unlink: (path: string) =>
    step(
      () => blocking.unlinkSync(path),
      () => waiting.unlink(path),
    ),
  makeFolder: (path: RawPath, mode: number) =>
    step(
      () => blocking.mkdirSync(path, { mode }),
      () => waiting.mkdir(path, { mode }),
    ),
  removeFolder: (path: string) =>
    step(
      () => blocking.rmdirSync(path),
      () => waiting.rmdir(path),
    ),
  /** Whatever it is, with all that is in it; nothing happens when there is nothing. */
  removeTree: (path: string) =>
    step(
      () => blocking.rmSync(path, { recursive: true, force: true }),
      () => waiting.rm(path, { recursive: true, force: true }),
    ),
  readFolder: (path: RawPath) =>
    step(
      () => blocking.readdirSync(path, { encoding: "buffer", withFileTypes: true }),
      () => waiting.readdir(path, { encoding: "buffer", withFileTypes: true }),
    ),
};

/** The answer of an operation, undefined when the system refused it. */
export function* unlessRefused<T>(operation: Steps<T>): Steps<T | undefined> {
  try {
    return yield* operation;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

/** The system said no; anything else that may be thrown is an operation that was ended, or a mistake of ours. */
export function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}
