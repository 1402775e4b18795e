// vulcan.io: files and commands as text of an encoding, and the managed `io` of exec and lease VMs, which is built on it.
// Handles are Lua objects; here is what they need of the disk.

import { FunctionGroup } from "../vm/host-support.js";
import { ArgumentError, requirePath, requirePlainText } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import type { TextEncoding } from "./encoding.js";
import { inlineBytes, readBytes, readBytesSync } from "./fs/read.js";
import type { Steps } from "./fs/steps.js";
import { appendToFile, replaceFile } from "./fs/write.js";
import { luaHalf } from "./half.js";
import { type CommandPlan, commandOutput, readCommand } from "./io/command.js";
import { bytesOf, encodingOption, exactTextOf, existsWritable, textOf } from "./io/file-text.js";
import { type OpenMode, readOpenMode } from "./io/open-mode.js";
import { mapped, namedOperation, operation, stepwise } from "./operation.js";
import type { HostVm } from "./scope.js";
import { locate } from "./working-directory.js";

const publicGroup = new FunctionGroup("vulcan.io", ["read_text", "write_text", "append_text"]);
const privateGroup = new FunctionGroup("host.disk", ["plan", "load", "save", "encode", "decode", "popen"]);
const ioHalf = luaHalf(import.meta.url, "io/vulcan-io.lua");
const handlesHalf = luaHalf(import.meta.url, "io/handles.lua");
const managedHalf = luaHalf(import.meta.url, "io/managed.lua");

/** Replaces the global `io` of a VM; run when the VM is made. */
export const managedIo = luaHalf(import.meta.url, "io/managed-global.lua");

export function installIo(builder: HostBuilder): void {
  builder.functions(publicGroup, textFunctions);
  builder.half("vulcan.io", ioHalf);
  builder.functions(privateGroup, handleFunctions);
  builder.half("host.handles", handlesHalf);
  builder.half("host.managed_io", managedHalf);
}

function textFunctions(host: HostVm) {
  const { encodings } = host.services;
  const write = (fn: string, change: (path: string, bytes: Uint8Array) => Steps<void>) =>
    operation(fn, (path, content, options) => {
      const file = locate(host.cwd, requirePath(fn, "path", path));
      const text = requirePlainText(fn, "content", content, { blank: true });
      const bytes = bytesOf(fn, "content", text, encodingOption(fn, options, encodings));
      return stepwise(() => thenTrue(change(file, bytes)), bytes.length > inlineBytes);
    });

  return {
    read_text: operation("vulcan.io.read_text", (path, options) => {
      const file = locate(host.cwd, requirePath("vulcan.io.read_text", "path", path));
      const encoding = encodingOption("vulcan.io.read_text", options, encodings);
      return reading(file, bytes => textOf(bytes, encoding));
    }),
    write_text: write("vulcan.io.write_text", replaceFile),
    append_text: write("vulcan.io.append_text", appendToFile),
  };
}

/** What the handle of a file knows about it. */
interface FilePlan {
  path: string;
  kind: OpenMode["kind"];
  update: boolean;
  /** There is a file; missing for one that is only read. */
  exists?: boolean;
  /** Label of the encoding; missing where the handle has bytes. */
  encoding?: string;
  /** The content is text, whose lines may end with CR LF. */
  is_text: boolean;
  /** What Lua code reads and writes is base64 of the bytes. */
  base64: boolean;
}

function handleFunctions(host: HostVm) {
  const { encodings, processes } = host.services;
  const encodingOf = (label: unknown) => (typeof label === "string" ? encodings.resolve(label) : undefined);

  return {
    plan: namedOperation((fn, path, mode, options) => {
      const file = locate(host.cwd, requirePath(fn, "path", path));
      const { kind, update, binary } = readOpenMode(fn, mode);
      const encoding = encodingOption(fn, options, encodings);
      const plan = { path: file, kind, update, ...contentOf(encoding, binary) };
      return stepwise(() => planned(plan), false);
    }),
    load: namedOperation((_, path, label, exact) => {
      const encoding = encodingOf(label);
      return reading(String(path), bytes => {
        if (encoding === undefined) return bytes;
        return exact === true ? exactTextOf(bytes, encoding, String(path)) : textOf(bytes, encoding);
      });
    }),
    save: namedOperation((fn, path, label, content, append) => {
      const encoding = encodingOf(label);
      const bytes =
        encoding === undefined ? rawBytes(content) : bytesOf(fn, "content", text(fn, content), encoding);
      const change = append === true ? appendToFile : replaceFile;
      return stepwise(() => change(String(path), bytes), bytes.length > inlineBytes);
    }),
    encode: (bytes: unknown) => rawBytes(bytes).toString("base64"),
    decode: (fn: unknown, content: unknown) =>
      bytesOf(String(fn), "content", text(String(fn), content), encodings.resolve("base64")),
    popen: {
      wait: async (fn: unknown, ...args: unknown[]) => {
        const plan = readCommand(String(fn), args, host);
        return commandOutput(plan, await processes.run(plan.run, host.run));
      },
      sync: (fn: unknown, ...args: unknown[]) => {
        const plan: CommandPlan = readCommand(String(fn), args, host);
        return commandOutput(plan, processes.runSync(plan.run, host.run));
      },
    },
  };
}

function reading(path: string, content: (bytes: Buffer) => string | Buffer) {
  return {
    sync: () => content(readBytesSync(path)),
    wait: () => mapped(readBytes(path), content),
  };
}

function contentOf(
  encoding: TextEncoding,
  binary: boolean,
): Pick<FilePlan, "base64" | "encoding" | "is_text"> {
  if (binary) return { is_text: false, base64: false };
  if (encoding.codec === "base64") return { is_text: false, base64: true };
  return { is_text: true, base64: false, encoding: encoding.label };
}

/** A write that cannot succeed fails now: the content comes to the disk late. */
function* planned(plan: FilePlan): Steps<FilePlan> {
  return plan.kind === "r" ? plan : { ...plan, exists: yield* existsWritable(plan.path) };
}

/** What a handle collected; bytes where it is no UTF-8. */
function rawBytes(content: unknown): Buffer {
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(String(content));
}

function text(fn: string, content: unknown): string {
  if (typeof content === "string") return content;
  throw new ArgumentError(fn, "content", "must be valid UTF-8 text; open the file with b to write bytes");
}

function* thenTrue(steps: Steps<void>): Steps<true> {
  yield* steps;
  return true;
}
