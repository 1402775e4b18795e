import type { EntryDescriptor, Parameter } from "../../index.js";
import { formatTable } from "../table.js";
import type { Terminal } from "../terminal.js";

/** What there is to know before one calls an entry. */
export function entryCard(entry: EntryDescriptor, { columns, style }: Terminal): string {
  const { bold, dim } = style.out;
  const { canonicalName, skillId, rootName, description, parameters } = entry;
  const rows = parameters.map(({ name, type, required, description: about }) => [
    `  ${name}`,
    required ? `${type}, required` : type,
    oneLine(about),
  ]);
  const listed =
    rows.length === 0
      ? "It declares no arguments.\n"
      : formatTable(["  ARGUMENT", "TYPE", "ABOUT"], rows, columns, bold);
  const origin = `Skill ${skillId}, root ${rootName}.`;
  const about = description.trim() === "" ? "" : `${description.trim()}\n\n`;
  return `${bold(canonicalName)}\n\n${about}${listed}\nFor instance:\n  ${exampleCall(canonicalName, parameters)}\n\n${dim(origin)}\n`;
}

/** A command line with all that must be said. */
function exampleCall(name: string, parameters: readonly Parameter[]): string {
  const required = parameters.filter(parameter => parameter.required);
  return ["luaskills call", name, ...required.map(argument)].join(" ");
}

const samples: { [type: string]: string } = {
  string: "TEXT",
  integer: "1",
  number: "1.5",
  boolean: "true",
  array: "'[]'",
  object: "'{}'",
};

function argument({ name, type }: Parameter): string {
  return `--arg ${name}=${samples[type] ?? "TEXT"}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
