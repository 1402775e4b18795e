// What may stand where somebody pressed the tab key, worked out from the definitions of the commands. Arguments and options
// say by their names what they take: <entry>, <skill>, <file>, <folder>, KEY=VALUE.

import type { Argument, Command, Option } from "commander";
import type { GlobalOptions } from "../global-options.js";
import { collectRoot } from "../roots.js";
import type { Names } from "./names.js";

export interface Candidate {
  text: string;
  about: string;
}

/** Names of files and folders are the shell's own business. */
export type Completion = { kind: "files" | "folders" } | { kind: "words"; candidates: Candidate[] };

/** The words before the one being typed, understood. */
interface Position {
  command: Command;
  /** Option whose value is being typed. */
  pending: Option | undefined;
  positionals: string[];
  /** Behind `--`: nothing is an option any more. */
  literal: boolean;
  globals: GlobalOptions;
}

/**
 * @param words behind the name of the program; the last one is being typed
 * @param read reads the names of skills and entries in the roots that the command line names
 */
export function complete(
  program: Command,
  words: readonly string[],
  read: (options: GlobalOptions) => Names,
): Completion {
  const current = words.at(-1) ?? "";
  const position = understand(program, words.slice(0, -1));
  const { command, pending, literal, globals } = position;
  const names = () => read(globals);
  if (pending !== undefined) return filtered(optionValues(pending, position, current, names), current);
  if (literal || !current.startsWith("-")) {
    return filtered(positionalValues(position, current, names), current);
  }
  const at = current.indexOf("=");
  const option = at === -1 ? undefined : findOption(command, current.slice(0, at));
  if (option === undefined) return filtered(wordsOf(flagsOf(command)), current);
  const value = current.slice(at + 1);
  const completion = filtered(optionValues(option, position, value, names), value);
  return prefixed(completion, current.slice(0, at + 1));
}

function understand(program: Command, words: readonly string[]): Position {
  const position: Position = {
    command: program,
    pending: undefined,
    positionals: [],
    literal: false,
    globals: {},
  };
  for (const word of words) {
    const { command, pending, positionals } = position;
    if (pending !== undefined) {
      note(position, pending, word);
      position.pending = undefined;
    } else if (!position.literal && word === "--") {
      position.literal = true;
    } else if (!position.literal && word.startsWith("-") && word !== "-") {
      const at = word.indexOf("=");
      const option = findOption(command, at === -1 ? word : word.slice(0, at));
      if (option === undefined || option.isBoolean()) continue;
      if (at === -1) position.pending = option;
      else note(position, option, word.slice(at + 1));
    } else {
      const subcommand =
        positionals.length === 0 ? command.commands.find(candidate => candidate.name() === word) : undefined;
      if (subcommand === undefined) positionals.push(word);
      else position.command = subcommand;
    }
  }
  return position;
}

/** Keeps in mind what decides about the names there are. */
function note({ globals }: Position, option: Option, value: string): void {
  if (option.attributeName() === "runtimeRoot") globals.runtimeRoot = value;
  if (option.attributeName() !== "root") return;
  try {
    globals.root = collectRoot(value, globals.root);
  } catch {
    // Not a root yet, or never: the command will say so.
  }
}

function positionalValues(position: Position, current: string, names: () => Names): Completion {
  const { command, positionals } = position;
  const visible = command.createHelp().visibleCommands(command);
  if (positionals.length === 0 && visible.length > 0) return wordsOf(visible.map(describeCommand));
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[positionals.length] ?? (last?.variadic ? last : undefined);
  return argument === undefined ? wordsOf([]) : argumentValues(argument, position, current, names);
}

function argumentValues(
  argument: Argument,
  { command, positionals }: Position,
  current: string,
  names: () => Names,
): Completion {
  const { argChoices } = argument;
  if (argChoices !== undefined) return wordsOf(argChoices.map(text => ({ text, about: "" })));
  const name = argument.name();
  if (name === "entry") return wordsOf(names().entries.map(describeEntry));
  if (name === "flow") {
    const pages = names().pages.get(positionals[0] ?? "") ?? [];
    return wordsOf([
      { text: "main", about: "" },
      ...pages.map(page => ({ text: page.name, about: page.about })),
    ]);
  }
  if (!/^skills?(-?ids?)?$/i.test(name)) return byPlaceholder(name);
  // Where a folder will do as well, it looks like one.
  if (/^[.~/]|\//.test(current)) return { kind: "folders" };
  const skills = names().skills.map(({ skillId, about }) => ({ text: skillId, about }));
  const program = command.parent;
  if (command.name() !== "help" || program === null) return wordsOf(skills);
  const commands = program.createHelp().visibleCommands(program).map(describeCommand);
  return wordsOf([...skills, ...names().entries.map(describeEntry), ...commands]);
}

function optionValues(
  option: Option,
  { positionals }: Position,
  current: string,
  names: () => Names,
): Completion {
  const { argChoices } = option;
  if (argChoices !== undefined) return wordsOf(argChoices.map(text => ({ text, about: "" })));
  if (option.attributeName() === "root") {
    if (current.includes("=")) return { kind: "folders" };
    return wordsOf(["ROOT", "PROJECT", "USER"].map(layer => ({ text: `${layer}=`, about: "" })));
  }
  if (option.attributeName() === "arg") {
    const entry = names().entries.find(({ canonicalName }) => canonicalName === positionals[0]);
    return wordsOf((entry?.parameters ?? []).flatMap(parameterCandidates));
  }
  return byPlaceholder(option.flags);
}

function parameterCandidates(parameter: { name: string; type: string; description: string }): Candidate[] {
  const { name, type, description } = parameter;
  const values = type === "boolean" ? ["true", "false"] : [""];
  return values.map(value => ({ text: `${name}=${value}`, about: firstLine(description) }));
}

function byPlaceholder(text: string): Completion {
  if (/dir|folder/i.test(text)) return { kind: "folders" };
  return /file|path|source|archive/i.test(text) ? { kind: "files" } : wordsOf([]);
}

function flagsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ text: long ?? short ?? "", about: firstLine(description) }));
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

function describeCommand(command: Command): Candidate {
  return { text: command.name(), about: command.description() };
}

function describeEntry({
  canonicalName,
  description,
}: {
  canonicalName: string;
  description: string;
}): Candidate {
  return { text: canonicalName, about: firstLine(description) };
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

function wordsOf(candidates: Candidate[]): Completion {
  return { kind: "words", candidates };
}

function filtered(completion: Completion, start: string): Completion {
  if (completion.kind !== "words") return completion;
  return wordsOf(completion.candidates.filter(({ text }) => text.startsWith(start)));
}

function prefixed(completion: Completion, prefix: string): Completion {
  if (completion.kind !== "words") return completion;
  return wordsOf(completion.candidates.map(({ text, about }) => ({ text: prefix + text, about })));
}
