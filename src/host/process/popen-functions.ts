// The JavaScript half of io.popen and os.execute: pipes of one VM, by number.

import { requirePlainText } from "../arguments.js";
import { decodeText } from "../encoding.js";
import type { HostVm } from "../scope.js";
import type { Captured } from "./capture.js";
import { type Exit, type Launch, SpawnError, signalNumber } from "./child.js";
import { defaultMaxOutputBytes } from "./exec-spec.js";
import type { OwnedPipe } from "./owned-pipe.js";
import type { PipeEnd, PipeMode } from "./pipe.js";
import type { RunOutcome, RunPlan } from "./run-to-end.js";
import { defaultShell, shellLine } from "./shells.js";
import { workingFolder } from "./working-folder.js";

/** How a command ended, as C tells it: `exit` and a status, or `signal` and a number. Or why it never began. */
export type CommandEnd = { what: "exit" | "signal"; code: number } | { message: string };

export class PopenFunctions {
  readonly #host: HostVm;
  readonly #pipes = new Map<number, { pipe: OwnedPipe; release: () => void }>();
  #opened = 0;

  constructor(host: HostVm) {
    this.#host = host;
  }

  /** @returns the number of the pipe, or why there is none */
  async open(command: unknown, mode: unknown): Promise<number | string> {
    const { services, run } = this.#host;
    try {
      return this.#keep(
        await services.processes.openPipe(this.#launch("io.popen", command), mode as PipeMode, run),
      );
    } catch (error) {
      return refusal(error);
    }
  }

  openSync(command: unknown, mode: unknown): number | string {
    const { services, run } = this.#host;
    try {
      return this.#keep(
        services.processes.openPipeSync(this.#launch("io.popen", command), mode as PipeMode, run),
      );
    } catch (error) {
      return refusal(error);
    }
  }

  /** @returns what came, nil at the end */
  async read(number: unknown): Promise<Uint8Array | undefined> {
    return this.#find(number).read();
  }

  readSync(number: unknown): Uint8Array | undefined {
    return this.#find(number).readSync();
  }

  /** @returns whether anybody still reads */
  async write(number: unknown, text: unknown): Promise<boolean> {
    return this.#find(number).write(bytesOf(text));
  }

  writeSync(number: unknown, text: unknown): boolean {
    return this.#find(number).writeSync(bytesOf(text));
  }

  async close(number: unknown): Promise<CommandEnd> {
    return this.#finish(Number(number), await this.#find(number).close());
  }

  closeSync(number: unknown): CommandEnd {
    return this.#finish(Number(number), this.#find(number).closeSync());
  }

  /** os.execute. */
  async execute(command: unknown): Promise<CommandEnd> {
    const { services, run } = this.#host;
    return this.#executed(await services.processes.run(this.#plan(command), run));
  }

  executeSync(command: unknown): CommandEnd {
    const { services, run } = this.#host;
    return this.#executed(services.processes.runSync(this.#plan(command), run));
  }

  #launch(fn: string, command: unknown): Launch {
    const line = shellLine(
      defaultShell(process.platform),
      requirePlainText(fn, "command", command, { blank: true }),
    );
    return { ...line, cwd: workingFolder(this.#host), env: {} };
  }

  #plan(command: unknown): RunPlan {
    return {
      launch: this.#launch("os.execute", command),
      stdin: undefined,
      timeoutMs: undefined,
      maxOutputBytes: defaultMaxOutputBytes,
      stderr: "inherit",
    };
  }

  #executed({ end, stdout }: RunOutcome): CommandEnd {
    this.#log(stdout);
    switch (end.kind) {
      case "not started":
        return { message: end.message };
      case "exit":
        return commandEnd({ code: end.code });
      case "signal":
        return commandEnd({ signal: end.signal });
      case "timeout":
        return commandEnd({ signal: "SIGKILL" });
    }
  }

  #finish(number: number, { exit, output }: PipeEnd): CommandEnd {
    this.#pipes.get(number)?.release();
    this.#pipes.delete(number);
    if (output !== undefined) this.#log(output);
    return commandEnd(exit);
  }

  /** What commands print goes where the standard output of Lua code goes (`native-io.ts`). */
  #log({ bytes }: Captured): void {
    const { text } = decodeText(bytes, this.#host.services.encodings.resolve());
    const lines = text.split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) {
      if (this.#host.profile === "exec") this.#host.print(line);
      else this.#host.log("info", `[LuaSkill:stdout] ${line}`);
    }
  }

  #keep(pipe: OwnedPipe): number {
    this.#opened += 1;
    const number = this.#opened;
    const forget = () => this.#pipes.delete(number);
    this.#pipes.set(number, { pipe, release: this.#host.run?.keep(forget) ?? forget });
    return number;
  }

  #find(number: unknown): OwnedPipe {
    const open = this.#pipes.get(Number(number));
    if (open === undefined) throw new Error("io.popen: the process ended with the call that started it");
    return open.pipe;
  }
}

/** A Lua string comes as bytes where it is not UTF-8. */
function bytesOf(text: unknown): Uint8Array {
  return text instanceof Uint8Array ? text : Buffer.from(String(text));
}

function commandEnd(exit: Exit): CommandEnd {
  if ("signal" in exit) return { what: "signal", code: signalNumber(exit.signal) };
  return { what: "exit", code: exit.code };
}

function refusal(error: unknown): string {
  if (error instanceof SpawnError) return error.message;
  throw error;
}
