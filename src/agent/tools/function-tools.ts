// Functions of the host as tools.

import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import type { ToolContext, ToolDescription, ToolResult, ToolSource } from "./tool.js";

type Answer = ToolResult | string | Promise<ToolResult | string>;

/** A function as a tool, with whatever the loop should know of it. */
export interface FunctionTool extends Partial<Omit<ToolDescription, "name">> {
  /** @throws anything: the model is told the message */
  run(args: JsonObject, context: ToolContext): Answer;
}

/** By name. A plain function takes any arguments and has no description. */
export type FunctionTools = Record<
  string,
  FunctionTool | ((args: JsonObject, context: ToolContext) => Answer)
>;

/**
 * A source of the given functions.
 *
 * @throws TypeError naming the tool that is of the wrong shape
 */
export function functionTools(functions: FunctionTools): ToolSource {
  if (!isJsonObject(functions))
    throw new TypeError("functionTools: functions must be an object of tools by name");
  const tools = new Map(Object.entries(functions).map(([name, given]) => [name, toTool(name, given)]));
  const descriptions: ToolDescription[] = [...tools].map(([name, { run: _run, ...description }]) => ({
    ...description,
    name,
    description: description.description ?? "",
    inputSchema: description.inputSchema ?? { type: "object" },
  }));
  return {
    version: 1,
    list: () => descriptions,
    async call(name, args, context) {
      const tool = tools.get(name);
      if (tool === undefined) throw new Error(`there is no function ${JSON.stringify(name)}`);
      return tool.run(args, context);
    },
  };
}

function toTool(name: string, given: FunctionTools[string]): FunctionTool {
  if (typeof given === "function") return { run: given };
  if (typeof given === "object" && given !== null && typeof given.run === "function") return given;
  throw new TypeError(
    `functionTools: ${JSON.stringify(name)} must be a function or an object { description, inputSchema, run(args, context) }`,
  );
}
