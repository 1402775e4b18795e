// What a check finds.

/**
 * - `error`: the skill does not work, or cannot be packed
 * - `warning`: something is most likely not what its author meant
 * - `advice`: something would serve people or models who use the skill
 */
export type Severity = "error" | "warning" | "advice";

export interface Diagnostic {
  severity: Severity;
  /** Stable name of what was looked at, such as `manifest` or `lua-syntax`. */
  rule: string;
  /** Path inside the skill, forward slashes; "" for the skill as a whole. */
  file: string;
  line?: number;
  message: string;
}

const order: readonly Severity[] = ["error", "warning", "advice"];

/** By file and line. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const compare = (a: Diagnostic, b: Diagnostic) =>
    (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    order.indexOf(a.severity) - order.indexOf(b.severity);
  return [...diagnostics].sort(compare);
}

/** A file and a line in front of a message of Lua, such as `notes/runtime/add.lua:3: unexpected symbol`. */
export function placeInMessage(
  skillId: string,
  message: string,
): { file: string; line: number; rest: string } | undefined {
  const [, file, line, rest] = /(?:^|\s)([^\s:]+\.lua):(\d+): ([\s\S]*)$/.exec(message) ?? [];
  if (file === undefined || rest === undefined || !file.startsWith(`${skillId}/`)) return undefined;
  return { file: file.slice(skillId.length + 1), line: Number(line), rest };
}
