// Arguments for Lua code, from the command line, a file or standard input.

import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { Json, Parameter } from "../index.js";
import { UsageError } from "./failure.js";
import { readStandardInput } from "./standard-input.js";
import type { Terminal } from "./terminal.js";

export interface ArgumentOptions {
  arg?: [string, string][];
  args?: string;
  argsFile?: string;
}

/** @param type what a single argument is converted to, in words */
export function addArgumentOptions(command: Command, type: string): Command {
  return command
    .option("--arg <key=value>", `one argument, converted to ${type}; repeatable`, collectArgument)
    .option("--args <json>", "all arguments as a JSON object or array; - reads standard input")
    .option("--args-file <file>", "the same, read from a file");
}

/** Commander's argument processor: adds one `key=value` to those given before. */
export function collectArgument(text: string, previous: [string, string][] = []): [string, string][] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected KEY=VALUE.");
  return [...previous, [text.slice(0, at), text.slice(at + 1)]];
}

/**
 * The arguments in the order of precedence `--arg`, then `--args` or `--args-file`. The value of an `--arg` is text
 * unless the entry declares another type for that parameter.
 *
 * @param parameters undefined where nothing is declared: what is JSON is taken as JSON then, everything else as text
 * @throws UsageError
 */
export async function readArguments(
  options: ArgumentOptions,
  parameters: readonly Parameter[] | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Json> {
  const base = await readBase(options, terminal, signal);
  if (options.arg === undefined) return base ?? {};
  if (Array.isArray(base)) {
    throw new UsageError("--arg cannot be combined with a JSON array", "pass an object, or leave out --arg");
  }
  const named = options.arg.map(([key, value]) => {
    if (parameters === undefined) return [key, guess(value)] as const;
    const type = parameters.find(parameter => parameter.name === key)?.type ?? "string";
    return [key, convert(key, value, type)] as const;
  });
  return { ...base, ...Object.fromEntries(named) };
}

async function readBase(
  { args, argsFile }: ArgumentOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Json[] | { [key: string]: Json } | undefined> {
  if (args !== undefined && argsFile !== undefined) {
    throw new UsageError("--args and --args-file exclude each other", "pass one of them");
  }
  if (args === "-" || argsFile === "-") {
    return parseContainer("standard input", await readStandardInput("arguments", terminal, signal));
  }
  if (args !== undefined) return parseContainer("--args", args);
  if (argsFile === undefined) return undefined;
  return parseContainer(argsFile, await readSource(argsFile));
}

async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `cannot read --args-file: ${(error as Error).message}`,
      "name a JSON file, or - for standard input",
    );
  }
}

function parseContainer(source: string, text: string): Json[] | { [key: string]: Json } {
  const value = parseJson(source, text);
  if (typeof value !== "object" || value === null) {
    throw new UsageError(
      `${source}: arguments must be a JSON object or array`,
      `for instance --args '{"path": "."}'`,
    );
  }
  return value;
}

function guess(value: string): Json {
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function convert(key: string, value: string, type: string): Json {
  const expected = (what: string) =>
    new UsageError(
      `--arg ${key}: expected ${what}, got ${JSON.stringify(value)}`,
      `the entry declares ${key} as ${type}`,
    );
  switch (type) {
    case "integer":
      if (!/^[+-]?\d+$/.test(value)) throw expected("a whole number");
      return Number(value);
    case "number":
      if (value.trim() === "" || !Number.isFinite(Number(value))) throw expected("a number");
      return Number(value);
    case "boolean":
      if (value !== "true" && value !== "false") throw expected("true or false");
      return value === "true";
    case "array":
    case "object":
      return parseJson(`--arg ${key}`, value);
    default:
      return value;
  }
}

function parseJson(source: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UsageError(
      `${source}: not valid JSON: ${(error as Error).message}`,
      'quote JSON for the shell, for instance \'{"path": "."}\'',
    );
  }
}
