// A VM of its own on which code runs with the identity of a loaded skill and is no entry of it: what tests of a skill run on.

import { dirname } from "node:path";
import type { Frame } from "../host/scope.js";
import type { LuaVm } from "../vm/index.js";
import type { Skill } from "./skill.js";
import type { SkillVm } from "./skill-vm.js";

export interface BenchRun {
  /** Milliseconds after which host functions must be done; whoever runs the code sets its deadline. */
  timeoutMs: number;
  /** Takes what the code prints. */
  print(line: string): void;
}

/** What scopes the cache of code on a bench. */
const benchToolName = "skill-test";

export class Workbench implements Disposable {
  readonly #host: SkillVm;
  readonly #frame: Frame;

  /**
   * @param host belongs to the bench from now on
   * @param file what `vulcan.context.entry_file` says, absolute
   */
  constructor(host: SkillVm, skill: Skill, file: string) {
    this.#host = host;
    const entry = Object.freeze({ localName: undefined, file, dir: dirname(file) });
    this.#frame = Object.freeze({ skill: skill.identity, entry, toolName: benchToolName });
  }

  get vm(): LuaVm {
    return this.#host.vm;
  }

  /**
   * Runs code on the VM as an invocation of the skill: what it leaves behind, such as child processes, is gone afterwards.
   *
   * @param work gets a signal that aborts when the run is over
   */
  async run<T>({ timeoutMs, print }: BenchRun, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#host.begin({ frame: this.#frame, sync: false, timeoutMs, printTo: print });
    const { signal } = this.#host.run as { signal: AbortSignal };
    try {
      return await work(signal);
    } finally {
      this.#host.end();
    }
  }

  [Symbol.dispose](): void {
    this.#host.vm.close();
  }
}
