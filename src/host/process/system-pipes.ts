// Pipes of the operating system. Node connects children by sockets, which programs notice: a shell can neither write to
// /dev/stderr nor read /dev/stdin, and who writes to a reader that has gone gets an error instead of SIGPIPE. Node cannot
// make a pipe, but LuaJIT can call the C library.

import { getSystemErrorMap } from "node:util";
import { type LuaFunction, LuaVm } from "../../vm/index.js";

/** File descriptors. Children do not inherit them by themselves. */
export interface PipeEnds {
  read: number;
  write: number;
}

interface Library {
  vm: LuaVm;
  open: LuaFunction;
  close: LuaFunction;
}

export class SystemPipes {
  #library: Library | undefined;

  /** @throws Error with `errno` and `code`, as those of Node: EMFILE and ENFILE when there are too many open files */
  open(): PipeEnds {
    this.#library ??= loadLibrary();
    const [read, write, errno] = this.#library.open.callSync() as [number, number, number];
    if (errno === 0) return { read, write };
    const [code, text] = getSystemErrorMap().get(-errno) ?? ["UNKNOWN", `error ${errno}`];
    throw Object.assign(new Error(`pipe: ${text}`), { errno: -errno, code });
  }

  /** Closes an end that was opened here. In a worker thread Node warns of descriptors that it has not opened itself. */
  closeEnd(descriptor: number): void {
    this.#library?.close.callSync(descriptor);
  }

  close(): void {
    this.#library?.vm.close();
    this.#library = undefined;
  }
}

function loadLibrary(): Library {
  const vm = new LuaVm();
  vm.evalSync(source, null, { chunkName: "=pipes" });
  return { vm, open: vm.getFunction("open"), close: vm.getFunction("close") };
}

// Where there is no pipe2, a child that another thread starts at this very moment may inherit the ends.
const source = `
local ffi = require("ffi")
ffi.cdef("int pipe(int *ends); int pipe2(int *ends, int flags); int fcntl(int descriptor, int command, ...); int close(int descriptor);")
local O_CLOEXEC, F_SETFD, FD_CLOEXEC = 0x80000, 2, ffi.new("int", 1)
local linux = ffi.os == "Linux"
local ends = ffi.new("int[2]")

function open()
  local result = linux and ffi.C.pipe2(ends, O_CLOEXEC) or ffi.C.pipe(ends)
  if result ~= 0 then
    return { -1, -1, ffi.errno() }
  end
  if not linux then
    ffi.C.fcntl(ends[0], F_SETFD, FD_CLOEXEC)
    ffi.C.fcntl(ends[1], F_SETFD, FD_CLOEXEC)
  end
  return { ends[0], ends[1], 0 }
end

function close(descriptor)
  ffi.C.close(descriptor)
end
`;
