// Tools that find hidden tools: by a pattern, or by words. What they find is visible for some rounds.

import { Script } from "node:vm";
import type { ToolDefinition } from "../model-port.js";
import { Ranking } from "./ranking.js";
import { errorResult } from "./result.js";
import type { ToolDescription, ToolDiscovery, ToolResult, ToolSource } from "./tool.js";

export interface DiscoveryOptions {
  /** Batches that a found tool stays visible. Default 5. */
  rounds?: number;
  /** Tools that one search brings up, at most. Default 5. */
  maxResults?: number;
}

const longestPattern = 200;
/** Patterns come from a model, and some take for ever. */
const patternTimeoutMs = 200;

const byPattern = "tool_search_tool_regex";
const byWords = "tool_search_tool_bm25";

/** @throws RangeError for options that are no positive integers */
export function discoveryTools(options: DiscoveryOptions = {}): ToolSource {
  const { rounds = 5, maxResults = 5 } = options;
  for (const [name, value] of Object.entries({ rounds, maxResults })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`discoveryTools: ${name} must be a positive integer, got ${value}`);
    }
  }
  let index: { version: number; names: string; ranking: Ranking<ToolDefinition> } | undefined;
  const ranked = (discovery: ToolDiscovery) => {
    const hidden = discovery.hidden();
    const names = hidden.map(({ name }) => name).join("\n");
    if (index?.version !== discovery.version || index.names !== names) {
      index = { version: discovery.version, names, ranking: new Ranking(hidden, searchText) };
    }
    return index.ranking;
  };
  return {
    version: 1,
    list: () => [description(byPattern, "pattern"), description(byWords, "query")],
    async call(name, args, { discovery }) {
      const text = String((name === byPattern ? args.pattern : args.query) ?? "").trim();
      if (text === "")
        return errorResult(`${name}: the ${name === byPattern ? "pattern" : "query"} is empty`);
      if (name === byWords) return found(ranked(discovery).search(text, maxResults), discovery, rounds);
      if (text.length > longestPattern) {
        return errorResult(
          `${name}: the pattern has ${text.length} characters, ${longestPattern} is the limit`,
        );
      }
      const hits = matching(text, discovery.hidden());
      return typeof hits === "string"
        ? errorResult(`${name}: ${hits}`)
        : found(hits.slice(0, maxResults), discovery, rounds);
    },
  };
}

function description(name: string, argument: "pattern" | "query"): ToolDescription {
  const how =
    argument === "pattern" ? "a regular expression, case-insensitive" : "words that describe what it does";
  return {
    name,
    description: `Finds further tools by ${how}. Tools that are found can be called from the next step on.`,
    inputSchema: {
      type: "object",
      properties: { [argument]: { type: "string", description: how } },
      required: [argument],
      additionalProperties: false,
    },
    readOnly: true,
    discovers: true,
  };
}

/** @returns what is wrong with the pattern */
function matching(pattern: string, tools: readonly ToolDefinition[]): ToolDefinition[] | string {
  try {
    new RegExp(pattern, "i");
  } catch (error) {
    return `the pattern is no regular expression: ${(error as Error).message}`;
  }
  // A context of its own with a limit: the only way to end a regular expression that does not come to an end.
  const script = new Script("texts.map(text => new RegExp(pattern, 'i').test(text))");
  try {
    const texts = tools.map(searchText);
    const hits = script.runInNewContext({ pattern, texts }, { timeout: patternTimeoutMs }) as boolean[];
    return tools.filter((_, at) => hits[at]);
  } catch {
    return `the pattern takes longer than ${patternTimeoutMs} ms`;
  }
}

function searchText({ name, description }: ToolDefinition): string {
  return `${name} ${description}`;
}

function found(tools: readonly ToolDefinition[], discovery: ToolDiscovery, rounds: number): ToolResult {
  discovery.promote(
    tools.map(({ name }) => name),
    rounds,
  );
  const listed = tools.map(({ name, description }) => ({ name, description }));
  return { forModel: JSON.stringify(listed), silent: true };
}
