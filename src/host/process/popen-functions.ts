// The JavaScript half of io.popen and os.execute: pipes of one VM, by number.

import { decodeText } from "../encoding.js";
import type { HostVm } from "../scope.js";
import { type CrossingBytes, fromLua, toLua } from "./bytes.js";
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
  readonly #pipes = new Map<number, OwnedPipe>();
  #opened = 0;

  constructor(host: HostVm) {
    this.#host = host;
  }

  /** @returns the number of the pipe, or why there is none */
  async open(command: unknown, mode: unknown): Promise<number | string> {
    const { services, run } = this.#host;
    try {
      return this.#keep(await services.processes.openPipe(this.#launch(command), mode as PipeMode, run));
    } catch (error) {
      return refusal(error);
    }
  }

  openSync(command: unknown, mode: unknown): number | string {
    const { services, run } = this.#host;
    try {
      return this.#keep(services.processes.openPipeSync(this.#launch(command), mode as PipeMode, run));
    } catch (error) {
      return refusal(error);
    }
  }

  /** @returns what came, nil at the end */
  async read(number: unknown): Promise<CrossingBytes | undefined> {
    const bytes = await this.#find(number).read();
    return bytes && toLua(bytes);
  }

  readSync(number: unknown): CrossingBytes | undefined {
    const bytes = this.#find(number).readSync();
    return bytes && toLua(bytes);
  }

  /** @returns whether anybody still reads */
  write(number: unknown, text: unknown, latin1: unknown): Promise<boolean> {
    return this.#find(number).write(fromLua(String(text), latin1 === true));
  }

  writeSync(number: unknown, text: unknown, latin1: unknown): boolean {
    return this.#find(number).writeSync(fromLua(String(text), latin1 === true));
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

  #launch(command: unknown): Launch {
    const line = shellLine(defaultShell(process.platform), String(command));
    return { ...line, cwd: workingFolder(this.#host), env: {} };
  }

  #plan(command: unknown): RunPlan {
    return {
      launch: this.#launch(command),
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
    this.#pipes.delete(number);
    if (output !== undefined) this.#log(output);
    return commandEnd(exit);
  }

  /** Standard output belongs to the host (it may carry a protocol), so what commands print is logged. */
  #log({ bytes }: Captured): void {
    const { text } = decodeText(bytes, this.#host.services.encodings.resolve());
    const lines = text.split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) this.#host.log("info", `[LuaSkill:info] ${line}`);
  }

  #keep(pipe: OwnedPipe): number {
    this.#opened += 1;
    this.#pipes.set(this.#opened, pipe);
    this.#host.run?.defer(() => this.#pipes.clear());
    return this.#opened;
  }

  #find(number: unknown): OwnedPipe {
    const pipe = this.#pipes.get(Number(number));
    if (pipe === undefined) throw new Error("io.popen: the process ended with the call that started it");
    return pipe;
  }
}

function commandEnd(exit: Exit): CommandEnd {
  if ("signal" in exit) return { what: "signal", code: signalNumber(exit.signal) };
  return { what: "exit", code: exit.code };
}

function refusal(error: unknown): string {
  if (error instanceof SpawnError) return error.message;
  throw error;
}
