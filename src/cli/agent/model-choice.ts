// Which model the agent asks: by options, else by the environment.

import type { ModelEndpoint, PortSettings } from "../../agent/index.js";
import type { AgentCommandOptions } from "../agent.js";
import { UsageError } from "../failure.js";

const openAi = "https://api.openai.com/v1";

/**
 * The key of OpenAI goes nowhere but to where OpenAI's own variables point: whoever names another server with our options
 * has not said that it may have that key.
 *
 * @throws UsageError when there is no model or no server
 */
export function modelChoice(
  { model: named, baseUrl: given, fallback = [], contextWindow }: Omit<AgentCommandOptions, "save">,
  env: NodeJS.ProcessEnv,
): ModelEndpoint & PortSettings {
  const model = named ?? nonEmpty(env.LUASKILLS_MODEL);
  if (model === undefined) {
    throw new UsageError("no model is chosen", "give --model NAME, or set LUASKILLS_MODEL");
  }
  const own = given ?? nonEmpty(env.LUASKILLS_BASE_URL);
  const openAiKey = nonEmpty(env.OPENAI_API_KEY);
  const theirs = nonEmpty(env.OPENAI_BASE_URL) ?? (openAiKey === undefined ? undefined : openAi);
  const baseUrl = own ?? theirs;
  if (baseUrl === undefined) {
    throw new UsageError(
      "no model server is chosen",
      "give --base-url URL, for instance http://127.0.0.1:11434/v1 for a local one, or set LUASKILLS_BASE_URL",
    );
  }
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new UsageError(
      `the base URL must be an http or https address, got ${baseUrl}`,
      "it ends before /chat/completions",
    );
  }
  const apiKey = nonEmpty(env.LUASKILLS_API_KEY) ?? (own === undefined ? openAiKey : undefined);
  const place = { baseUrl, ...(apiKey === undefined ? {} : { apiKey }) };
  return {
    ...place,
    model,
    fallbacks: fallback.map(name => ({ ...place, model: name })),
    ...(contextWindow === undefined ? {} : { contextWindow }),
  };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}
