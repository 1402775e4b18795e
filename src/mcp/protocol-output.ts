// Standard output for the protocol alone. Native libraries that skills load write where they like, `printf` among them, so
// the stream of the client moves to a descriptor that nobody else knows, and what was standard output becomes standard error.

import { createWriteStream, fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { isatty, WriteStream } from "node:tty";
import { LuaVm } from "../vm/index.js";

/** `fcntl` duplicates a descriptor that children do not inherit. */
const duplicateCloseOnExec: { [Platform in NodeJS.Platform]?: number } = { linux: 1030, darwin: 67 };

const takeOver = `
  local ffi = require("ffi")
  ffi.cdef [[
    int fcntl(int descriptor, int command, ...);
    int dup2(int from, int to);
  ]]
  local own = ffi.C.fcntl(1, args.duplicate, ffi.cast("int", 3))
  if own < 0 or ffi.C.dup2(2, 1) < 0 then return -1 end
  return own
`;

/** Where the protocol goes. Where the system does not let it move, that is standard output as it is. */
export function claimStandardOutput(): Writable {
  const duplicate = duplicateCloseOnExec[process.platform];
  if (duplicate === undefined) return process.stdout;
  using vm = new LuaVm();
  const own = vm.evalSync(takeOver, { duplicate });
  return typeof own === "number" && own >= 0 ? streamOf(own) : process.stdout;
}

/** The kind of stream that Node itself would make for it. */
function streamOf(descriptor: number): Writable {
  const stats = fstatSync(descriptor);
  if (stats.isFIFO() || stats.isSocket())
    return new Socket({ fd: descriptor, readable: false, writable: true });
  return isatty(descriptor) ? new WriteStream(descriptor) : createWriteStream("", { fd: descriptor });
}
