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
  const newLine = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]|[^"[\]{},:]+/g)) {
    if (token === "{" || token === "[") {
      depth += 1;
      result += token + newLine();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      result += newLine() + token;
    } else if (token === ",") {
      result += token + newLine();
    } else {
      result += token === ":" ? ": " : token;
    }
  }
  return result;
}
