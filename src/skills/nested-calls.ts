// vulcan.call as the VM's side in TypeScript sees it: which entry a name means, and whose code runs from when to when.

import { requirePlainText } from "../host/arguments.js";
import { bodyFrame, type Frame, type NestedCalls } from "../host/scope.js";
import { SkillError } from "../packages/errors.js";
import type { EntryFunctions } from "./entry-functions.js";
import type { EntryTarget, SkillRun } from "./skill-run.js";

/** Entries of the skill `vulcan-runtime` that start an exec. */
const execEntries = new Set(["lua-exec", "lua-file"]);

/** Far beyond what skills nest, and well within the C stack that nested coroutines take. */
const maxNesting = 64;

export class EntryCalls implements NestedCalls {
  readonly #functions: EntryFunctions;
  readonly #find: (name: string) => EntryTarget | undefined;
  readonly #run: () => SkillRun;

  /** @param run the invocation that runs on the VM */
  constructor(
    functions: EntryFunctions,
    find: (name: string) => EntryTarget | undefined,
    run: () => SkillRun,
  ) {
    this.#functions = functions;
    this.#find = find;
    this.#run = run;
  }

  enter(wanted: unknown): number | { key: number; skill: string; source: string; chunk: string } {
    const run = this.#run();
    const target = callTarget(run, wanted, this.#find);
    const { entry, frame } = target;
    if (this.#functions.isMade(entry)) {
      run.push(frame);
      return this.#functions.key(entry);
    }
    // Context fields are nil while the body of a file runs.
    run.push(bodyFrame(entry.skillId), target);
    const [key, skill, source, chunk] = this.#functions.source(entry);
    return { key, skill, source, chunk };
  }

  leave(): void {
    this.#run().pop();
  }

  made(): void {
    // Not looked up by name again: a reload in the meantime would find another entry for a VM that outlives it.
    const { entry } = this.#run().finishBody();
    this.#functions.made(entry);
  }
}

/**
 * The entry that `vulcan.call` means.
 *
 * @throws Error when there is none, or the run may not call it
 */
export function callTarget<Target extends EntryTarget>(
  run: { readonly execCaller: string | undefined; readonly depth: number },
  wanted: unknown,
  find: (name: string) => Target | undefined,
): Target {
  const name = requirePlainText("call", "name", wanted);
  const target = find(name);
  if (target === undefined) throw new SkillError("SKILL_NOT_FOUND", `call: Skill '${name}' not found`);
  if (run.depth >= maxNesting) {
    throw new Error(`call: ${name}: more than ${maxNesting} calls are nested; does a skill call itself?`);
  }
  if (run.execCaller !== undefined) refuseInExec(run.execCaller, name, target.frame);
  return target;
}

/** Calls that would start what is running already. */
function refuseInExec(caller: string, name: string, { skill, entry }: Frame): void {
  if (name === caller) {
    throw new Error(`vulcan.call cannot call the current luaexec caller tool '${name}'`);
  }
  if (skill?.skillId === "vulcan-runtime" && execEntries.has(entry?.localName ?? "")) {
    throw new Error(`vulcan.call cannot invoke '${name}' inside luaexec`);
  }
}
