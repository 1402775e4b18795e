// A hook that is an entry of a skill: it gets the question as its arguments and answers with JSON text.

import type { SkillEngine } from "../../skills/engine.js";
import type { Json } from "../../vm/index.js";
import { AgentError } from "../errors.js";
import type { Hook, HookContext, HookStage, HookTimeouts } from "./hook.js";
import { decodeDecision, hookStages, type WireDecisions, type WireRequests } from "./wire.js";

export interface SkillHookOptions {
  /** Stages that the entry is asked at. */
  stages: readonly HookStage[];
  /** Default: the name of the entry. */
  name?: string;
  priority?: number;
  trusted?: boolean;
  timeouts?: HookTimeouts;
}

/**
 * Makes a hook of an entry. Its arguments are `{ stage, request }`; it returns `""` for `continue`, else a decision as JSON
 * (`vulcan.json.encode{ action = "deny_tool", reason = "…" }`), see `wire.ts`. An entry that fails counts as a hook that
 * fails; its VM is busy only while it answers.
 *
 * @param entry canonical name; it need not be loaded yet
 * @throws TypeError naming the option
 */
export function skillHook(engine: SkillEngine, entry: string, options: SkillHookOptions): Hook {
  const { stages, name = entry } = options;
  if (!Array.isArray(stages) || stages.length === 0 || !stages.every(stage => hookStages.includes(stage))) {
    throw new TypeError(`skillHook: stages must name some of ${hookStages.join(", ")}`);
  }
  const ask = async <Stage extends HookStage>(
    stage: Stage,
    request: WireRequests[Stage],
    { signal }: HookContext,
  ): Promise<WireDecisions[Stage]> => {
    const args = { stage, request: request as unknown as Json };
    const { content } = await engine.call(entry, args, { signal });
    return decodeDecision(stage, content.trim() === "" ? undefined : parse(stage, content));
  };
  const has = (stage: HookStage) => stages.includes(stage);
  return {
    name,
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(options.trusted === undefined ? {} : { trusted: options.trusted }),
    ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
    ...(has("before_llm") ? { beforeModel: (request, context) => ask("before_llm", request, context) } : {}),
    ...(has("after_llm") ? { afterModel: (request, context) => ask("after_llm", request, context) } : {}),
    ...(has("before_tool") ? { beforeTool: (request, context) => ask("before_tool", request, context) } : {}),
    ...(has("approve_tool")
      ? { approveTool: (request, context) => ask("approve_tool", request, context) }
      : {}),
    ...(has("after_tool") ? { afterTool: (request, context) => ask("after_tool", request, context) } : {}),
  } satisfies Hook;
}

function parse(stage: HookStage, content: string): Json {
  try {
    return JSON.parse(content) as Json;
  } catch (error) {
    throw new AgentError("HOOK_WIRE", `${stage}: the answer is no JSON: ${(error as Error).message}`);
  }
}
