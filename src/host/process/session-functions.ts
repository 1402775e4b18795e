// The JavaScript half of vulcan.process.session: sessions of one VM, by number.

import { ArgumentError } from "../arguments.js";
import { EncodingError } from "../encoding.js";
import type { HostVm } from "../scope.js";
import { SpawnError } from "./child.js";
import { outputFields } from "./exec-result.js";
import type { Session } from "./session.js";
import { readCloseOptions, readReadOptions, readSessionSpec, readWritten } from "./session-spec.js";
import { workingFolder } from "./working-folder.js";

export interface SessionStatus {
  running: boolean;
  exited: boolean;
  success?: boolean;
  code?: number;
}

export class SessionFunctions {
  readonly #host: HostVm;
  readonly #sessions = new Map<number, Session>();
  #opened = 0;

  constructor(host: HostVm) {
    this.#host = host;
  }

  /** @returns the number of the session */
  async open(spec: unknown): Promise<number> {
    const { services, run } = this.#host;
    const plan = readSessionSpec(spec, workingFolder(this.#host), services.encodings);
    const session = await rename("process.session.open", services.processes.openSession(plan, run));
    this.#opened += 1;
    const number = this.#opened;
    this.#sessions.set(number, session);
    run?.keep(() => this.#sessions.delete(number));
    return number;
  }

  async write(number: unknown, values: unknown[]): Promise<true> {
    const session = this.#find("write", number);
    await rename("process.session.write", session.write(readWritten(values)), "text");
    return true;
  }

  async read(number: unknown, options: unknown) {
    const session = this.#find("read", number);
    const { timeoutMs, maxBytes, untilText } = readReadOptions(options);
    const reading = session.read(timeoutMs, maxBytes, untilText);
    const { stdout, stderr, timedOut } = await rename("process.session.read", reading, "until_text");
    return {
      ...outputFields("stdout", stdout, session.plan.stdout),
      ...outputFields("stderr", stderr, session.plan.stderr),
      timed_out: timedOut,
    };
  }

  status(number: unknown): SessionStatus {
    const { exit } = this.#find("status", number);
    if (exit === undefined) return { running: true, exited: false };
    const code = "code" in exit ? { code: exit.code } : {};
    return { running: false, exited: true, success: code.code === 0, ...code };
  }

  async close(number: unknown, options: unknown): Promise<SessionStatus> {
    await this.#find("close", number).close(readCloseOptions(options));
    return this.status(number);
  }

  async kill(number: unknown): Promise<true> {
    await this.#find("kill", number).kill();
    return true;
  }

  #find(method: string, number: unknown): Session {
    const session = this.#sessions.get(Number(number));
    if (session === undefined) throw new Error(`process.session.${method}: the session ended with its call`);
    return session;
  }
}

/** Says in an error which function failed. @param parameter what the text that cannot be encoded is called */
async function rename<T>(fn: string, operation: Promise<T>, parameter = ""): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof EncodingError) throw new ArgumentError(fn, parameter, error.message);
    if (error instanceof SpawnError || !(error instanceof ArgumentError)) {
      throw new Error(`${fn}: ${(error as Error).message}`, { cause: error });
    }
    throw error;
  }
}
