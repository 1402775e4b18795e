// The standard streams of a VM belong to its host (they may carry a protocol): lines written to standard output and standard
// error become log messages; what standard output gets is printed output where somebody takes that, as exec does. Standard input is empty.

import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";
import { LineBuffer } from "./io/line-buffer.js";
import type { HostVm } from "./scope.js";

const group = new FunctionGroup("host.console", ["write"]);
const consoleHalf = luaHalf(import.meta.url, "io/console.lua");
const defaultFilesHalf = luaHalf(import.meta.url, "io/default-files.lua");
const nativeDefaultsHalf = luaHalf(import.meta.url, "io/native-defaults.lua");

/** The console is built at the first use of a standard stream (`native-io.lua`). */
export function installConsole(builder: HostBuilder): void {
  builder.functions(group, functionsOf);
  builder.half("host.console", consoleHalf);
  builder.half("host.default_files", defaultFilesHalf);
  builder.half("host.native_defaults", nativeDefaultsHalf);
}

function functionsOf(host: HostVm) {
  const streams = {
    stdout: new Stream(host, line => host.print(line, "stdout")),
    stderr: new Stream(host, line => host.log("warn", `[LuaSkill:stderr] ${line}`)),
  };
  return {
    write: (name: unknown, text: unknown) => {
      // Bytes where they are no UTF-8: a character may come in several writes.
      const bytes = text instanceof Uint8Array ? Buffer.from(text) : Buffer.from(String(text));
      streams[name === "stderr" ? "stderr" : "stdout"].write(bytes);
    },
  };
}

/** Lines as they come; what is left at the end of the call is a line as well. */
class Stream {
  readonly #host: HostVm;
  readonly #lines: LineBuffer;
  #deferred = false;

  constructor(host: HostVm, emit: (line: string) => void) {
    this.#host = host;
    this.#lines = new LineBuffer(emit);
  }

  write(bytes: Buffer): void {
    this.#lines.write(bytes);
    if (this.#lines.isEmpty || this.#deferred) return;
    const run = this.#host.run;
    if (run === undefined) {
      this.#lines.flush();
      return;
    }
    this.#deferred = true;
    run.defer(() => {
      this.#deferred = false;
      this.#lines.flush();
    });
  }
}
