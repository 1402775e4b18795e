// The command line on a real pseudo-terminal, driven as a person does: look, then type.

import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { repository, type Scope } from "../skills/skill-tree.js";

/** Milliseconds; a test waits for what it expects, this ends one whose expectation is wrong. */
const deadlineMs = 60_000;

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  cwd?: string;
  /** Added to the environment; undefined takes a variable away. */
  env?: { [name: string]: string | undefined };
}

/** `luaskills ARGS` on a terminal of its own. */
export function luaskillsOnTerminal(t: Scope, args: string[], options?: TerminalOptions): PseudoTerminal {
  return new PseudoTerminal(t, [process.execPath, join(repository, "dist/cli/main.js"), ...args], options);
}

/** A program on a pseudo-terminal; the end of the test kills it where it still runs. */
export class PseudoTerminal {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #watchers = new Set<() => void>();
  #raw = "";
  #seen = 0;

  constructor(t: Scope, command: string[], options: TerminalOptions = {}) {
    const { columns = 100, rows = 30, cwd, env } = options;
    const program = join(repository, "test/fixtures/terminal/pseudo-terminal.py");
    this.#child = spawn("python3", [program, String(columns), String(rows), ...command], {
      cwd,
      env: { ...process.env, TERM: "xterm-256color", NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#raw += text;
        for (const look of this.#watchers) look();
      });
    }
    this.#ended = new Promise((resolve, reject) => this.#child.on("error", reject).on("close", resolve));
    // Whoever waits for the end hears of the failure; nobody may be waiting yet.
    this.#ended.catch(() => {});
    t.after(async () => {
      this.#child.stdin?.end();
      await this.#ended;
    });
  }

  /** Everything the program wrote, with its escape sequences. */
  get raw(): string {
    return this.#raw;
  }

  /** Everything the program wrote, without escape sequences, lines ending in LF. */
  get text(): string {
    return plain(this.#raw);
  }

  /** Types; `\r` is the enter key, `\x03` Ctrl-C, `\x04` Ctrl-D, `\t` the tab key. */
  type(keys: string): void {
    this.#order({ keys });
  }

  /** Types a line and the enter key. */
  enter(line: string): void {
    this.type(`${line}\r`);
  }

  resize(columns: number, rows: number): void {
    this.#order({ resize: [columns, rows] });
  }

  /** Sends a signal to the program, and only to it. */
  kill(signal: NodeJS.Signals): void {
    this.#order({ signal: constants.signals[signal] });
  }

  /**
   * Waits until the program has written this, after what the last wait found.
   *
   * @returns what was found and what came before it since then, without escape sequences
   */
  waitFor(expected: string | RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const fail = (problem: string) => {
        done();
        reject(new Error(`${problem} before ${expected} came; the terminal shows:\n${this.text}`));
      };
      const look = () => {
        const text = this.text.slice(this.#seen);
        const end = endOf(text, expected);
        if (end === undefined) return false;
        this.#seen += end;
        done();
        resolve(text.slice(0, end));
        return true;
      };
      const timer = setTimeout(() => fail(`${deadlineMs / 1000} s passed`), deadlineMs);
      this.#watchers.add(look);
      if (look()) return;
      this.#ended.then(
        code => look() || fail(`the program ended with exit code ${code}`),
        (error: Error) => fail(error.message),
      );
    });
  }

  /** Waits for the program to end by itself. @returns its exit code, 128 + n after signal n */
  async exit(): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the program did not end; the terminal shows:\n${this.text}`)),
        deadlineMs,
      );
    });
    try {
      return await Promise.race([this.#ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #order(order: object): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }
}

/** The terminal adds a CR to the LF of a program that has written CR LF itself. */
function plain(raw: string): string {
  return stripVTControlCharacters(raw).replaceAll(/\r+\n/g, "\n");
}

function endOf(text: string, expected: string | RegExp): number | undefined {
  if (typeof expected === "string") {
    const at = text.indexOf(expected);
    return at === -1 ? undefined : at + expected.length;
  }
  const match = expected.exec(text);
  return match === null ? undefined : match.index + match[0].length;
}
