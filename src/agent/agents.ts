// Who a turn runs as: the main agent, or one of those that a host has beside it.

import type { ModelSettings } from "./model-port.js";
import type { AllowList } from "./tools/registry.js";

/** An agent as a host describes it. */
export interface AgentProfile {
  /** Shown to models that can delegate. */
  description?: string;
  systemPrompt?: string;
  /** Default: the model port's own. */
  model?: string;
  settings?: ModelSettings;
  /** Names of the tools it has. Default all. */
  tools?: readonly string[];
  /** Ids of the agents that it may hand tasks to. Default all. */
  delegates?: readonly string[];
}

export interface Agent {
  readonly id: string;
  readonly description: string | undefined;
  readonly systemPrompt: string;
  readonly model: string | undefined;
  readonly settings: ModelSettings;
  readonly tools: AllowList;
  readonly delegates: AllowList;
}

export function toAgent(id: string, profile: AgentProfile): Agent {
  return {
    id,
    description: profile.description,
    systemPrompt: profile.systemPrompt ?? "",
    model: profile.model,
    settings: profile.settings ?? {},
    tools: profile.tools,
    delegates: profile.delegates,
  };
}

/** Ids are compared without blanks and case. */
export function agentId(id: string): string {
  return id.trim().toLowerCase();
}

export class Agents {
  readonly main: Agent;
  readonly #byId: ReadonlyMap<string, Agent>;

  constructor(main: Agent, others: readonly Agent[]) {
    this.main = main;
    this.#byId = new Map([main, ...others].map(agent => [agentId(agent.id), agent]));
  }

  get(id: string): Agent | undefined {
    return this.#byId.get(agentId(id));
  }

  /** All but this one that it may hand tasks to. */
  delegatesOf(agent: Agent): Agent[] {
    const allowed = agent.delegates?.map(agentId);
    return [...this.#byId.values()].filter(
      other => other !== agent && (allowed === undefined || allowed.includes(agentId(other.id))),
    );
  }
}
