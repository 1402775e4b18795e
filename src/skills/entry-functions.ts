// The functions of the entries that ran on one VM. An entry is initialised on a VM when it first runs there, whichever way
// it is reached, and its function stays for later calls.

import type { LuaFunction, LuaVm } from "../vm/index.js";
import { EntryFunction } from "./entry-function.js";
import type { SkillEntry } from "./skill.js";

/** What an entry returns before the structured result: content, overflow mode and template hint. */
const textValues = 3;

export class EntryFunctions {
  readonly #vm: LuaVm;
  readonly #control: () => LuaFunction;
  /** Numbers by which the Lua side knows entries. */
  readonly #keys = new Map<SkillEntry, number>();
  /** Entries whose function exists on the Lua side. */
  readonly #made = new Set<SkillEntry>();
  readonly #whole = new Map<SkillEntry, EntryFunction>();
  readonly #text = new Map<SkillEntry, EntryFunction>();

  /** @param control the function by which the engine runs code (`call.lua`) */
  constructor(vm: LuaVm, control: () => LuaFunction) {
    this.#vm = vm;
    this.#control = control;
  }

  /**
   * The function of an entry if it was made on this VM.
   *
   * @param whole false: what it returns as its fourth value does not leave the VM, and may be anything, because nobody asked
   *   for it
   */
  ready(entry: SkillEntry, whole: boolean): EntryFunction | undefined {
    const found = (whole ? this.#whole : this.#text).get(entry);
    return found ?? (this.#made.has(entry) ? this.#adopt(entry, whole) : undefined);
  }

  /** What the operation `initialise` of `call.lua` takes. */
  source(entry: SkillEntry): [key: number, skill: string, source: string, chunk: string] {
    return [this.key(entry), entry.skillId, entry.source, entry.chunkName];
  }

  key(entry: SkillEntry): number {
    let key = this.#keys.get(entry);
    if (key === undefined) {
      key = this.#keys.size;
      this.#keys.set(entry, key);
    }
    return key;
  }

  isMade(entry: SkillEntry): boolean {
    return this.#made.has(entry);
  }

  /** The function of the entry exists on the Lua side from now on. */
  made(entry: SkillEntry): void {
    this.#made.add(entry);
  }

  /** Has the next call make the function anew. */
  forget(entry: SkillEntry): void {
    for (const functions of [this.#whole, this.#text]) {
      functions.get(entry)?.release();
      functions.delete(entry);
    }
    this.#made.delete(entry);
  }

  #adopt(entry: SkillEntry, whole: boolean): EntryFunction {
    this.#control().callSync("adopt", this.key(entry));
    const results = whole ? 0 : textValues;
    const handle = this.#vm.getFunction("=handler", { environment: "=environment", results });
    const fn = new EntryFunction(handle);
    (whole ? this.#whole : this.#text).set(entry, fn);
    return fn;
  }
}
