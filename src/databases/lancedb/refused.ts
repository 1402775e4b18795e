// Errors that skills see, and what errors of the library say in one short line.

/** An operation that cannot be done. The message is ours; the name of the operation is put before it. */
export class Refused extends Error {}

/** The table does not exist. */
export function tableMissing(name: string): Refused {
  return new Refused(`table '${name}' was not found`);
}

/** What the caller passed, as messages name it. */
export function describe(value: unknown): string {
  if (value === undefined) return "nil";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** True if the table is not there: never made, dropped meanwhile, or its creation was cut off by a crash. */
export function saysTableMissing(error: unknown): boolean {
  const text = textOf(error);
  return /^Table '.*' was not found/s.test(text) || /Not found: .*\/_versions\b/s.test(text);
}

export function saysTableExists(error: unknown): boolean {
  return /^Table '.*' already exists/s.test(textOf(error));
}

/** True if another writer came first and this one has changed nothing. */
export function saysConflict(error: unknown): boolean {
  return /commit conflict|incompatible transaction|too many concurrent writers|preempted by concurrent/i.test(
    textOf(error),
  );
}

/** Wrappers that say nothing to the one who called. */
const wrappers =
  /^(?:Failed to execute [a-z ]+: |GenericFailure, |lance error: |Invalid input, |Invalid user input: |LanceError\(\w+\): |External error: |Error parsing function: |Error during planning: |Schema error: |Not supported: )+/;
const sourcePlaces = /,?(?: location:)? \/?[\w./-]+\.rs:\d+(?::\d+)?/g;
const longest = 400;

/** The meaningful part of an error of the library, whose texts carry chains of causes and places in its source. */
export function libraryText(error: unknown): string {
  const first = (textOf(error).split(/\s+Caused by: /)[0] ?? "").replace(sourcePlaces, "");
  const plain = predicateProblem(first) ?? storageProblem(first) ?? first.replace(/\(\w+ \{ .*$/s, "");
  const text = plain.replace(/\s+/g, " ").trim();
  const bare = text.replace(wrappers, "");
  return bare.length > longest ? `${bare.slice(0, longest)}…` : bare;
}

/** A wrong predicate comes back inside of a statement which the caller never wrote. */
function predicateProblem(text: string): string | undefined {
  const syntax = /Error (?:parsing|tokenizing) statement: .* \((?:sql parser error: )?(.*)\)\s*$/s.exec(text);
  if (syntax !== null) {
    return `not a SQL predicate: ${(syntax[1] as string).replace(/ at Line: \d+, Column: \d+/, "")}`;
  }
  return /Error optimizing sql filter: .*? \((Invalid user input: .*)\)\s*$/s.exec(text)?.[1];
}

/** Object stores fail with a printed structure; the innermost message in it is the reason. */
function storageProblem(text: string): string | undefined {
  const structure = /^(.*?):? \w+ \{ /s.exec(text);
  const message = [...text.matchAll(/\bmessage: "((?:[^"\\]|\\.)*)"/g)].at(-1);
  return structure === null || message === undefined ? undefined : `${structure[1]}: ${message[1]}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
