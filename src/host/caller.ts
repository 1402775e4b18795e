// Who asks: what host tools and models are told about the call that needs them, for audit and cost attribution.

import type { HostRun } from "./scope.js";

/** The names of the wire; null where the call says nothing. A JSON object. */
export type HostCaller = {
  skill_id: string | null;
  entry_name: string | null;
  canonical_tool_name: string | null;
  root_name: string | null;
  skill_dir: string | null;
  client_name: string | null;
  request_id: string | null;
};

export function callerOf(run: HostRun | undefined): HostCaller {
  const { skill, entry, toolName } = run?.frame ?? {};
  const request = run?.context?.requestContext;
  return {
    skill_id: skill?.skillId ?? null,
    entry_name: entry?.localName ?? null,
    canonical_tool_name: toolName ?? null,
    root_name: skill?.rootName ?? null,
    skill_dir: skill?.skillDir ?? null,
    client_name: request?.clientName ?? request?.clientInfo?.name ?? null,
    request_id: request?.requestId ?? null,
  };
}
