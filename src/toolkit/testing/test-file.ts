// One file of tests: run in an engine and a VM of its own, test by test. A test that is ended by its deadline takes the VM
// with it; the tests after it get a new one, on which the file runs anew.

import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../../index.js";
import type { Workbench } from "../../skills/workbench.js";
import { LuaError, type LuaFunction } from "../../vm/index.js";
import { insidePath } from "../inside-path.js";
import { runtimeRootAround, SkillSandbox } from "../sandbox.js";
import type { SkillFolder } from "../skill-folder.js";
import { EntryCalls } from "./entry-calls.js";
import { type FileResult, fullName, type TestFailure, type TestResult } from "./results.js";

export interface TestFileOptions {
  /** Milliseconds that a test may take, its hooks included, where it says nothing else. */
  timeoutMs: number;
  /** A part of the names of the tests to run, in any case. */
  filter?: string | undefined;
  /** Has the dependencies of the skill and what the host provides. Default: the folder around the root of the skill. */
  runtimeRoot?: string | undefined;
  /** Hears of each test when it is over. */
  onTest?: (test: TestResult) => void;
  /** Ends the run; what has not run then is left out. */
  signal?: AbortSignal | undefined;
}

/** A test as the Lua side describes it. */
interface DeclaredTest {
  path: string[];
  line?: number;
  skip: boolean;
  timeoutMs?: number;
}

/** A failure as the Lua side describes it. */
interface LuaFailure {
  message: string;
  expected?: string;
  actual?: string;
  at?: { file: string; line: number };
  traceback: string;
  entry_traceback?: string;
}

const libraries = ["format.lua", "expect.lua", "skill.lua"].map(readLua);
const suite = readLua("suite.lua");
const runnerChunk = "=(test runner)";

/**
 * Runs the tests of a file.
 *
 * @param file path inside the skill, forward slashes
 */
export async function runTestFile(
  skill: SkillFolder,
  file: string,
  options: TestFileOptions,
): Promise<FileResult> {
  const start = performance.now();
  const tests: TestResult[] = [];
  const result = (failure?: TestFailure): FileResult => ({
    file,
    failure,
    tests,
    durationMs: performance.now() - start,
  });
  await using sandbox = await SkillSandbox.open(skill, {
    runtimeRoot: options.runtimeRoot ?? runtimeRootAround(skill),
  });
  const problem = await sandbox.load();
  if (problem !== undefined) return result({ message: sandbox.relocate(problem) });
  await using run = new TestFileRun(sandbox, skill, file, options);
  try {
    for await (const test of run.results()) {
      tests.push(test);
      options.onTest?.(test);
    }
  } catch (error) {
    if (error instanceof FileFailure) return result(error.failure);
    throw error;
  }
  return result();
}

/** The file itself could not be run. */
class FileFailure extends Error {
  readonly failure: TestFailure;

  constructor(failure: TestFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

class TestFileRun implements AsyncDisposable {
  readonly #sandbox: SkillSandbox;
  readonly #skill: SkillFolder;
  readonly #file: string;
  readonly #options: TestFileOptions;
  readonly #calls: EntryCalls;
  readonly #unlisten: () => void;
  #bench: Workbench | undefined;
  #control: LuaFunction | undefined;
  /** Of the running test. */
  #logs: { level: string; message: string }[] = [];
  #output: string[] = [];
  /** What the body of the file has printed, for the test that follows. */
  #preface: string[] = [];
  #folders = 0;
  /** By phase, the folder that was asked for. */
  readonly #temporary = new Map<string, string>();

  constructor(sandbox: SkillSandbox, skill: SkillFolder, file: string, options: TestFileOptions) {
    this.#sandbox = sandbox;
    this.#skill = skill;
    this.#file = file;
    this.#options = options;
    this.#calls = new EntryCalls(sandbox.engine, skill.id, message => sandbox.relocate(message));
    this.#unlisten = sandbox.engine.on("log", ({ level, message }) => {
      this.#logs.push({ level, message });
      this.#output.push(`${level}: ${message}`);
    });
  }

  /** @throws FileFailure */
  async *results(): AsyncGenerator<TestResult> {
    const declared = await this.#collect();
    const chosen = [...declared.entries()].filter(([, test]) => this.#isChosen(test));
    let pending = chosen.flatMap(([index, { skip }]) => (skip ? [] : [index]));
    await this.#plan(pending);
    for (const [index, test] of chosen) {
      if (this.#options.signal?.aborted) return;
      if (test.skip) {
        yield { ...this.#describe(test), status: "skipped", durationMs: 0, failures: [], output: [] };
        continue;
      }
      const result = await this.#runTest(index, test);
      // Then it was ended, and says nothing about the skill.
      if (this.#options.signal?.aborted) return;
      yield result;
      pending = pending.filter(other => other !== index);
      if (this.#bench?.vm.reusable !== true && pending.length > 0) {
        // The file may describe other tests by now, if it looks at the world; then the numbers mean nothing any more.
        const again = await this.#collect();
        if (again.map(fullName).join("\n") !== declared.map(fullName).join("\n")) {
          throw new FileFailure({ message: "the file describes other tests each time it runs" });
        }
        await this.#plan(pending);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlisten();
    this.#bench?.[Symbol.dispose]();
  }

  #isChosen(test: DeclaredTest): boolean {
    const { filter } = this.#options;
    return filter === undefined || fullName(test).toLowerCase().includes(filter.toLowerCase());
  }

  #describe({ path, line }: DeclaredTest): Pick<TestResult, "file" | "path" | "line"> {
    return { file: this.#file, path, line };
  }

  /** Runs the body of the file on a new VM. @throws FileFailure */
  async #collect(): Promise<DeclaredTest[]> {
    const code = readFileSync(join(this.#skill.dir, this.#file), "utf8");
    this.#openBench();
    this.#preface = [];
    this.#output = this.#preface;
    const { timeoutMs } = this.#options;
    let collected: { failure?: LuaFailure; tests: DeclaredTest[] };
    try {
      const value = await this.#run(timeoutMs, "collect", code, `@${this.#file}`);
      collected = value as unknown as typeof collected;
    } catch (error) {
      throw new FileFailure(this.#explain(error, timeoutMs));
    }
    if (collected.failure !== undefined) throw new FileFailure(this.#failure(collected.failure));
    return collected.tests;
  }

  async #plan(indices: number[]): Promise<void> {
    await this.#control?.call(
      "plan",
      indices.map(index => index + 1),
    );
  }

  #openBench(): void {
    this.#bench?.[Symbol.dispose]();
    this.#calls.offer({}, {});
    const file = join(this.#sandbox.skillDir, this.#file);
    const bench = this.#sandbox.engine.workbench(this.#skill.id, file);
    this.#bench = bench;
    const { vm } = bench;
    const functions = { ...this.#calls.functions(), ...this.#functions() };
    for (const [name, fn] of Object.entries(functions)) vm.register(`luaskills_test.${name}`, fn);
    vm.setGlobal("luaskills_test.about", { id: this.#skill.id, dir: this.#sandbox.skillDir });
    for (const library of libraries) vm.evalSync(library, undefined, { chunkName: runnerChunk });
    this.#control = vm.loadSync(suite, { environment: "=tests", chunkName: runnerChunk });
    vm.setGlobal("luaskills_test", null);
  }

  #functions() {
    return {
      logs: () => this.#logs,
      fixture: (name: unknown) => this.#fixture(name),
      temp_dir: (phase: string) => this.#temporaryFolder(phase),
    };
  }

  #fixture(name: unknown): string {
    if (typeof name !== "string") throw new Error("fixture: the name must be a string");
    const folder = join(this.#sandbox.skillDir, "tests", "fixtures");
    const path = insidePath(folder, name);
    if (path === undefined) throw new Error(`fixture: ${JSON.stringify(name)} leads out of tests/fixtures`);
    if (!existsSync(path)) throw new Error(`fixture: there is no tests/fixtures/${name}`);
    return path;
  }

  async #temporaryFolder(phase: string): Promise<string> {
    let folder = this.#temporary.get(phase);
    if (folder === undefined) {
      this.#folders += 1;
      folder = join(this.#sandbox.root, "test-folders", String(this.#folders));
      await mkdir(folder, { recursive: true });
      this.#temporary.set(phase, folder);
    }
    return folder;
  }

  async #runTest(index: number, test: DeclaredTest): Promise<TestResult> {
    const timeoutMs = test.timeoutMs ?? this.#options.timeoutMs;
    this.#logs = [];
    this.#output = this.#preface;
    this.#preface = [];
    this.#temporary.delete("test");
    const start = performance.now();
    const failures: TestFailure[] = [];
    try {
      const failed = (await this.#run(timeoutMs, "run", index + 1)) as unknown as LuaFailure[];
      failures.push(...failed.map(failure => this.#failure(failure)));
    } catch (error) {
      failures.push(await this.#interrupted(test, this.#explain(error, timeoutMs)));
    }
    const durationMs = performance.now() - start;
    const status = failures.length === 0 ? "passed" : "failed";
    return { ...this.#describe(test), status, durationMs, failures, output: this.#output };
  }

  async #run(timeoutMs: number, operation: string, ...args: Json[]): Promise<Json> {
    const { signal: stop } = this.#options;
    const print = (line: string) => this.#output.push(line);
    return (await this.#bench?.run({ timeoutMs, print }, async signal => {
      this.#calls.begin(signal, timeoutMs);
      try {
        const limits = { timeoutMs, ...(stop === undefined ? {} : { signal: stop }) };
        return await this.#control?.with(limits).call(operation, ...args);
      } finally {
        this.#calls.end();
      }
    })) as Json;
  }

  /** What ended a run that could not report by itself. */
  #explain(error: unknown, timeoutMs: number): TestFailure {
    if (!(error instanceof LuaError)) throw error;
    const traceback = this.#sandbox.relocate(ownLines(error.traceback ?? ""));
    const at = placeIn(traceback) ?? placeIn(error.message);
    const message =
      error.code === "LUA_TIMEOUT"
        ? `it took longer than ${timeoutMs} ms`
        : this.#sandbox.relocate(error.message);
    return { message, ...(at && { at }), ...(traceback !== "" && { traceback }) };
  }

  /** A test that was ended knows its own place at least, and what it waited for. */
  async #interrupted({ line }: DeclaredTest, failure: TestFailure): Promise<TestFailure> {
    const placed = line === undefined ? failure : { at: { file: this.#file, line }, ...failure };
    const call = await this.#calls.interrupted();
    if (call === undefined) return placed;
    const traceback = joined(ownLines(call.traceback ?? ""), failure.traceback);
    const message = `${failure.message}, in ${call.what}`;
    return { ...placed, message, ...(traceback !== "" && { traceback }) };
  }

  #failure({ message, expected, actual, at, traceback, entry_traceback }: LuaFailure): TestFailure {
    const all = this.#sandbox.relocate(joined(ownLines(entry_traceback ?? ""), traceback));
    return {
      message: this.#sandbox.relocate(message),
      ...(expected !== undefined && { expected }),
      ...(actual !== undefined && { actual }),
      ...(at && { at: { ...at, file: this.#sandbox.relocate(at.file) } }),
      ...(all !== "" && { traceback: all }),
    };
  }
}

function readLua(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

function joined(...parts: (string | undefined)[]): string {
  return parts.filter(part => part !== undefined && part !== "").join("\n");
}

/** The lines of a traceback that are about the author's code. */
function ownLines(traceback: string): string {
  return traceback
    .split("\n")
    .map(line => line.trim())
    .filter(line => line !== "" && !/^(stack traceback:|\[C\]|\(test runner\)|\[luaskills\])/.test(line))
    .join("\n");
}

function placeIn(text: string): { file: string; line: number } | undefined {
  const [, file, line] = /^([^\n:]+\.lua):(\d+):/m.exec(text) ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
}
