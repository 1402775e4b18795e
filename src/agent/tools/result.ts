// What tools give back, made whole: checked, and turned into what the model reads.

import type { ToolResult } from "./tool.js";

const flags = ["silent", "isError", "async", "handled"] as const;

/** A failure, as the model is told it. */
export function errorResult(forModel: string, errorCode?: string): ToolResult {
  return { forModel, isError: true, ...(errorCode === undefined ? {} : { errorCode }) };
}

/**
 * Checks what a tool or a hook has returned.
 *
 * @param origin for messages: `tool "x"`
 * @returns a copy; an error result that says what was wrong with it
 */
export function toResult(value: unknown, origin: string): ToolResult {
  if (typeof value === "string") return { forModel: value };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const got =
      value === null || value === undefined ? "nothing" : Array.isArray(value) ? "an array" : typeof value;
    return errorResult(`${origin} returned ${got} instead of a result`, "TOOL_RESULT");
  }
  const problem = problemOf(value as Record<string, unknown>);
  if (problem !== undefined)
    return errorResult(`${origin} returned a broken result: ${problem}`, "TOOL_RESULT");
  const { media, ...result } = value as ToolResult;
  return media === undefined ? result : { ...result, media: [...media] };
}

function problemOf(value: Record<string, unknown>): string | undefined {
  if (typeof value.forModel !== "string") return `forModel must be a string, got ${typeof value.forModel}`;
  if (value.forUser !== undefined && typeof value.forUser !== "string") {
    return `forUser must be a string, got ${typeof value.forUser}`;
  }
  for (const flag of flags) {
    const given = value[flag];
    if (given !== undefined && typeof given !== "boolean")
      return `${flag} must be true or false, got ${typeof given}`;
  }
  const { media } = value;
  if (media !== undefined && !(Array.isArray(media) && media.every(ref => typeof ref === "string"))) {
    return "media must be an array of references";
  }
  return undefined;
}

const handledNote =
  "The output has already been delivered to the user. Do not repeat it; confirm in one short sentence if anything is to be said.";
const artifactHint = "Use these paths to go on working with the files.";

/** What the model reads of a result: its text, and once each a note that the user has it and where its media are. */
export function contentForModel(result: ToolResult, artifactTags: readonly string[]): string {
  const parts = [result.forModel];
  if (result.handled) parts.push(handledNote);
  if (artifactTags.length > 0) parts.push(`Local artifact paths: ${artifactTags.join(" ")}\n${artifactHint}`);
  return parts.filter(part => part !== "").join("\n\n");
}
