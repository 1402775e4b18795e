// vulcan.fs: files and folders of the host.

import { renameSync } from "node:fs";
import { FunctionGroup } from "../vm/host-support.js";
import { ArgumentError, optionalFlag, requirePath, requirePlainText, requireText } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import { copy } from "./fs/copy.js";
import { list, listSync } from "./fs/list.js";
import { makeFolder } from "./fs/make-folder.js";
import { inlineBytes, readBytes, readBytesSync } from "./fs/read.js";
import { remove } from "./fs/remove.js";
import { exists, isFolder, statsOf, status } from "./fs/stat.js";
import { runSync, runWaiting, type Steps } from "./fs/steps.js";
import { decodeUtf8 } from "./fs/utf8.js";
import { replaceFile } from "./fs/write.js";
import { immediate, mapped, operation, stepwise } from "./operation.js";
import type { HostVm } from "./scope.js";
import { locate } from "./working-directory.js";

const group = new FunctionGroup("vulcan.fs", [
  "list",
  "read",
  "write",
  "exists",
  "is_dir",
  "read_bytes",
  "write_bytes",
  "rename",
  "remove",
  "mkdir",
  "copy",
  "stat",
]);

export function installFs(builder: HostBuilder): void {
  builder.functions(group, functionsOf);
}

function functionsOf(host: HostVm) {
  const at = (fn: string, value: unknown, parameter = "path"): string =>
    locate(host.cwd, requirePath(fn, parameter, value));

  return {
    list: operation("fs.list", path => {
      const folder = at("fs.list", path);
      return { sync: () => listSync(folder), wait: () => list(folder) };
    }),
    read: operation("fs.read", path => {
      const file = at("fs.read", path);
      const text = (bytes: Buffer) => {
        const decoded = decodeUtf8(bytes);
        if (decoded === undefined) throw new Error(`${file} is not valid UTF-8`);
        return decoded;
      };
      return { sync: () => text(readBytesSync(file)), wait: () => mapped(readBytes(file), text) };
    }),
    read_bytes: operation("fs.read_bytes", path => {
      const file = at("fs.read_bytes", path);
      const text = (bytes: Buffer) => bytes.toString("base64");
      return { sync: () => text(readBytesSync(file)), wait: () => mapped(readBytes(file), text) };
    }),
    write: operation("fs.write", (path, content) => {
      const file = at("fs.write", path);
      const bytes = Buffer.from(requirePlainText("fs.write", "content", content, { blank: true }));
      return stepwise(() => replaceFile(file, bytes), bytes.length > inlineBytes);
    }),
    write_bytes: operation("fs.write_bytes", (path, base64) => {
      const file = at("fs.write_bytes", path);
      const bytes = decodeBase64(requireText("fs.write_bytes", "base64", base64));
      return stepwise(() => thenTrue(replaceFile(file, bytes)), bytes.length > inlineBytes);
    }),
    exists: (path: unknown) => exists(at("fs.exists", path)),
    is_dir: (path: unknown) => isFolder(at("fs.is_dir", path)),
    rename: operation("fs.rename", (from, to) => {
      const source = at("fs.rename", from, "from");
      const target = at("fs.rename", to, "to");
      return immediate(() => {
        renameSync(source, target);
        return true;
      });
    }),
    remove: operation("fs.remove", (path, options) => {
      const target = at("fs.remove", path);
      const recursive = optionalFlag("fs.remove", "options", options, "recursive") ?? false;
      return stepwise(() => remove(target, recursive), recursive);
    }),
    mkdir: operation("fs.mkdir", (path, options) => {
      const folder = at("fs.mkdir", path);
      const recursive = optionalFlag("fs.mkdir", "options", options, "recursive") ?? false;
      return immediate(() => makeFolder(folder, recursive));
    }),
    copy: operation("fs.copy", (src, dst, options) => {
      const source = at("fs.copy", src, "src");
      const target = at("fs.copy", dst, "dst");
      const overwrite = optionalFlag("fs.copy", "options", options, "overwrite") ?? false;
      const signal = host.run?.signal;
      const checkpoint = () => signal?.throwIfAborted();
      return {
        sync: () => runSync(copy(source, target, { overwrite })),
        wait: () =>
          isSmallCopy(source, target)
            ? runSync(copy(source, target, { overwrite }))
            : runWaiting(copy(source, target, { overwrite, checkpoint })),
      };
    }),
    stat: operation("fs.stat", path => {
      const target = at("fs.stat", path);
      return immediate(() => status(target));
    }),
  };
}

function* thenTrue(operation: Steps<void>): Steps<true> {
  yield* operation;
  return true;
}

function isSmallCopy(source: string, target: string): boolean {
  const stats = statsOf(source);
  const small = stats === undefined || (stats.isFile() && stats.size <= inlineBytes);
  return small && statsOf(target)?.isDirectory() !== true;
}

/** Only what an encoder writes: no other alphabet, no blanks, no missing padding. */
function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new ArgumentError("fs.write_bytes", "base64", "decode failed");
  return bytes;
}
