// The Markdown that an exec ends in. Its layout is fixed: clients and models read it.

import type { Json } from "../vm/index.js";

export interface ExecOutcome {
  task: string;
  /** Lines that the code printed. */
  printed: readonly string[];
  /** Returned values as `exec.lua` shows them, or what went wrong. */
  result: { values: readonly ExecValue[] } | { error: string };
}

export interface ExecValue {
  kind: "text" | "json";
  /** The string itself, or compact JSON text. */
  text: string;
}

export function renderReport({ task, printed, result }: ExecOutcome): string {
  const failed = "error" in result;
  const lines = [
    failed ? "# Runtime Execution Error" : "# Runtime Execution Result",
    ...section("Task"),
    task === "" ? "Execute Lua runtime code" : task,
    ...section("Status"),
    failed ? "FAILED" : "SUCCESS",
  ];
  if (failed) lines.push(...section("Error"), ...fence("text", result.error));
  if (printed.length > 0) lines.push(...section("Printed Output"), ...fence("text", printed.join("\n")));
  if (!failed) lines.push(...section("Returned Values"), ...renderValues(result.values));
  return lines.join("\n");
}

/** Reads what `exec.lua` returned. */
export function readValues(shown: Json | undefined): ExecValue[] {
  if (!Array.isArray(shown)) return [];
  return shown.map(pair => {
    const [kind, text] = pair as [ExecValue["kind"], string];
    return { kind, text };
  });
}

function renderValues(values: readonly ExecValue[]): string[] {
  if (values.length === 0) return fence("json", "null");
  return values.flatMap(({ kind, text }, index) => [
    ...(index === 0 ? [] : [""]),
    `${index + 1}. `,
    ...fence(kind, kind === "json" ? indentJson(text) : text),
  ]);
}

function section(title: string): string[] {
  return ["", `## ${title}`];
}

function fence(language: string, text: string): string[] {
  return [`\`\`\`${language}`, text, "```"];
}

/** Indents compact JSON text by two spaces a level. The text is not parsed: digits and the order of keys stay. */
export function indentJson(text: string): string {
  let result = "";
  let depth = 0;
  /** Where what is not in the result yet begins. */
  let from = 0;
  const newLine = () => `\n${"  ".repeat(depth)}`;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
    } else if ((character === "{" || character === "[") && !isEmptyAt(text, at)) {
      depth += 1;
      result += text.slice(from, at + 1) + newLine();
      from = at + 1;
    } else if (character === "{" || character === "[") {
      at += 1;
    } else if (character === "}" || character === "]") {
      depth -= 1;
      result += text.slice(from, at) + newLine() + character;
      from = at + 1;
    } else if (character === "," || character === ":") {
      result += text.slice(from, at + 1) + (character === "," ? newLine() : " ");
      from = at + 1;
    }
  }
  return result + text.slice(from);
}

function isEmptyAt(text: string, at: number): boolean {
  return text[at + 1] === "}" || text[at + 1] === "]";
}

/** Where the closing quote of the string is whose opening quote is at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
}
