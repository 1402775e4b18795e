// A request for a sub-turn, checked: everything that could be wrong with it is found before anything is waited for.

import type { Agent } from "../agents.js";
import { AgentError } from "../errors.js";
import type { ModelSettings } from "../model-port.js";
import { ToolRegistry } from "../tools/registry.js";
import type { TurnServices } from "../turn/services.js";
import type { Turn } from "../turn/turn.js";
import type { SubTurnRequest } from "./sub-turn.js";
import { TokenBudget } from "./token-budget.js";

export interface SubTurnPlan {
  agent: Agent;
  model: string | undefined;
  systemPrompt: string;
  settings: ModelSettings;
  registry: ToolRegistry;
  budget: TokenBudget | undefined;
  timeoutMs: number;
}

/** @throws AgentError `TURN_NOT_FOUND`, `SUBTURN_DEPTH`, `SUBTURN_CONFIG` */
export function planSubTurn(parent: Turn, request: SubTurnRequest, services: TurnServices): SubTurnPlan {
  const { limits } = services;
  if (parent.ended)
    throw new AgentError("TURN_NOT_FOUND", `sub-turn: turn ${parent.id} is over, it starts none`);
  if (parent.depth >= limits.maxDepth) {
    throw new AgentError(
      "SUBTURN_DEPTH",
      `sub-turn depth limit exceeded: turn ${parent.id} has depth ${parent.depth}, limits.maxDepth is ${limits.maxDepth}`,
    );
  }
  checkShape(request);
  const target = request.agent === undefined ? undefined : findAgent(parent.agent, request.agent, services);
  const registry = registryOf(parent, request, target, services);
  const { maxTokens, temperature } = request;
  const own = request.tokenBudget;
  return {
    agent: target ?? parent.agent,
    model: request.model || (target === undefined ? parent.model : target.model),
    systemPrompt: request.systemPrompt ?? (target === undefined ? parent.systemPrompt : target.systemPrompt),
    settings: {
      ...(target === undefined ? parent.settings : target.settings),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
    },
    registry,
    budget: own === undefined ? parent.budget : new TokenBudget(own, parent.budget),
    timeoutMs: request.timeoutMs ?? limits.subTurnTimeoutMs,
  };
}

/** Every member that a request may have: what is asked for is honoured or refused, never ignored. */
const members: Record<keyof SubTurnRequest, true> = {
  task: true,
  label: true,
  model: true,
  systemPrompt: true,
  tools: true,
  agent: true,
  timeoutMs: true,
  critical: true,
  tokenBudget: true,
  maxTokens: true,
  temperature: true,
  initialMessages: true,
  deliver: true,
};

function checkShape(request: SubTurnRequest): void {
  if (typeof request !== "object" || request === null) throw invalid("the request must be an object");
  const unknown = Object.keys(request).find(name => !Object.hasOwn(members, name));
  if (unknown !== undefined)
    throw invalid(`there is no ${unknown}; there are ${Object.keys(members).join(", ")}`);
  const { task, model, agent, deliver, tools, initialMessages, critical } = request;
  if (typeof task !== "string" || task.trim() === "") throw invalid("task must be a non-empty string");
  if (deliver !== "return" && deliver !== "mailbox") throw invalid('deliver must be "return" or "mailbox"');
  for (const name of ["label", "model", "systemPrompt", "agent"] as const) {
    if (request[name] !== undefined && typeof request[name] !== "string")
      throw invalid(`${name} must be a string`);
  }
  if (model?.trim() === "" && agent === undefined)
    throw invalid("model must not be empty unless agent is given");
  if (critical !== undefined && typeof critical !== "boolean")
    throw invalid("critical must be true or false");
  for (const name of ["timeoutMs", "tokenBudget", "maxTokens"] as const) {
    const value = request[name];
    if (value !== undefined && !(typeof value === "number" && value > 0 && Number.isFinite(value))) {
      throw invalid(`${name} must be a positive number`);
    }
  }
  if (request.temperature !== undefined && typeof request.temperature !== "number") {
    throw invalid("temperature must be a number");
  }
  if (tools !== undefined && !(Array.isArray(tools) && tools.every(name => typeof name === "string"))) {
    throw invalid("tools must be an array of names");
  }
  if (initialMessages !== undefined && !Array.isArray(initialMessages))
    throw invalid("initialMessages must be an array");
}

function findAgent(from: Agent, id: string, { agents }: TurnServices): Agent {
  const target = agents.get(id);
  if (target === undefined) throw invalid(`target agent "${id}" not found in registry`);
  if (target !== from && !agents.delegatesOf(from).includes(target)) {
    throw invalid(`agent "${from.id}" may not hand tasks to "${target.id}"`);
  }
  return target;
}

/** What the agent has, of that what the profile of the parent allows, of that what the request wants. */
function registryOf(
  parent: Turn,
  request: SubTurnRequest,
  target: Agent | undefined,
  { catalog, limits }: TurnServices,
): ToolRegistry {
  const { tools } = request;
  const deepest = parent.depth + 1 >= limits.maxDepth;
  const base =
    target === undefined
      ? parent.registry.clone(undefined, deepest)
      : new ToolRegistry(catalog, target.tools, deepest).clone(parent.input.profile?.tools);
  const unknown = tools === undefined ? [] : base.unknown(tools);
  if (unknown.length > 0)
    throw invalid(`there is no tool ${unknown.map(name => JSON.stringify(name)).join(", ")}`);
  return tools === undefined ? base : base.clone(tools);
}

function invalid(problem: string): AgentError {
  return new AgentError("SUBTURN_CONFIG", `invalid sub-turn config: ${problem}`);
}
