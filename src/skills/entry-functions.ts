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
  /** Numbers by which the Lua side knows entries. A VM that outlives a reload knows the entry that comes by the same. */
  readonly #keys = new Map<string, number>();
  /** Whose function the Lua side has under each number. */
  readonly #made = new Map<number, SkillEntry>();
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
    return found ?? (this.isMade(entry) ? this.#adopt(entry, whole) : undefined);
  }

  /** What the operation `initialise` of `call.lua` takes. */
  source(entry: SkillEntry): [key: number, skill: string, source: string, chunk: string] {
    return [this.key(entry), entry.skillId, entry.source, entry.chunkName];
  }

  key(entry: SkillEntry): number {
    const name = `${entry.skillId}/${entry.name}`;
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = this.#keys.size;
      this.#keys.set(name, key);
    }
    return key;
  }

  isMade(entry: SkillEntry): boolean {
    return this.#made.get(this.key(entry)) === entry;
  }

  /** The function of the entry exists on the Lua side from now on. */
  made(entry: SkillEntry): void {
    this.#made.set(this.key(entry), entry);
  }

  /** Has the next call make the function anew. */
  forget(entry: SkillEntry): void {
    for (const functions of [this.#whole, this.#text]) {
      functions.get(entry)?.release();
      functions.delete(entry);
    }
    if (this.isMade(entry)) this.#made.delete(this.key(entry));
  }

  #adopt(entry: SkillEntry, whole: boolean): EntryFunction {
    this.#control().callSync("adopt", this.key(entry));
    const results = whole ? 0 : textValues;
    const options = { environment: "=environment", results, takesJson: true };
    const handle = this.#vm.getFunction("=handler", options);
    const fn = new EntryFunction(handle);
    (whole ? this.#whole : this.#text).set(entry, fn);
    return fn;
  }
}
