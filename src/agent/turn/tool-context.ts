// What a tool knows of the turn that calls it, and what it can ask of it.

import { contentForModel, toResult } from "../tools/result.js";
import type { ToolContext, ToolResult } from "../tools/tool.js";
import type { TurnServices } from "./services.js";
import type { ToolExecution } from "./tool-execution.js";
import type { Turn } from "./turn.js";
import { sendText } from "./user-output.js";

/** @param isAsync the tool may report later */
export function toolContext(
  turn: Turn,
  services: TurnServices,
  execution: ToolExecution,
  signal: AbortSignal,
  isAsync: boolean,
): ToolContext {
  const { origin, input, registry } = turn;
  return {
    agentId: turn.agent.id,
    sessionKey: turn.sessionKey,
    rootSessionKey: turn.rootSessionKey,
    turnId: turn.id,
    toolCallId: execution.call.id,
    depth: turn.depth,
    iteration: turn.iteration,
    channel: origin.channel,
    chatId: origin.chatId,
    ...(input.messageId === undefined ? {} : { messageId: input.messageId }),
    ...(input.replyToMessageId === undefined ? {} : { replyToMessageId: input.replyToMessageId }),
    signal,
    ...(isAsync ? { complete: completion(turn, services, execution.tool) } : {}),
    discovery: {
      version: registry.catalogVersion,
      hidden: () => registry.hidden(),
      promote: (names, rounds) => registry.promote(names, rounds),
    },
    agents: services.agents.delegatesOf(turn.agent).map(({ id, description }) => ({ id, description })),
    spawn: request => services.spawn(turn, request, signal),
  };
}

/** What a tool calls when work that went on after its result is done. */
function completion(turn: Turn, services: TurnServices, tool: string): (result: ToolResult | string) => void {
  let done = false;
  return given => {
    // A turn that was rolled back has asked for nothing.
    if (done || turn.signal.aborted) return;
    done = true;
    const result = toResult(given, `tool "${tool}"`);
    const { forUser } = result;
    if (!result.silent && forUser) void sendText(turn, services, "tool", forUser);
    const content = services.secrets.apply(contentForModel(result, []));
    if (content !== "") services.followUp(turn, tool, content);
  };
}
