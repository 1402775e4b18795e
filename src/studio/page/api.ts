// Requests to the server of the studio.

import type { HelpDetail, LoadReport } from "luaskills";
import type { CallDetail, CallFailure, CallRequest, CallSummary, Refusal } from "../wire.js";

/** What the server refused, or that it could not be reached. */
export class ApiError extends Error {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What went wrong with a request, for people. */
export function failureOf(error: unknown): CallFailure {
  if (error instanceof ApiError) return error.failure;
  return { code: "PAGE", message: error instanceof Error ? error.message : String(error) };
}

export const api = {
  startCall: (request: CallRequest) => ask<CallSummary>("POST", "/api/calls", request),
  call: (id: number) => ask<CallDetail>("GET", `/api/calls/${id}`),
  abortCall: (id: number) => ask<object>("DELETE", `/api/calls/${id}`),
  help: (skillId: string, flow: string) =>
    ask<HelpDetail>("GET", `/api/help/${encodeURIComponent(skillId)}/${encodeURIComponent(flow)}`),
  reload: () => ask<LoadReport>("POST", "/api/reload", {}),
};

/** @throws ApiError */
async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  let answer: unknown;
  let ok: boolean;
  try {
    const response = await fetch(path, init);
    ok = response.ok;
    answer = await response.json();
  } catch (error) {
    throw new ApiError({
      code: "CONNECTION",
      message: `The studio does not answer: ${(error as Error).message}`,
    });
  }
  if (!ok) throw new ApiError((answer as Refusal).error);
  return answer as Answer;
}
