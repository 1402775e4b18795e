// Answers to requests that do not get as far as the protocol.

/** What JSON-RPC calls an error of the server itself. */
const serverError = -32_000;

export function refuse(
  status: number,
  message: string,
  { code = serverError, headers = {} }: { code?: number; headers?: Record<string, string> } = {},
): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status, headers });
}

export function refuseBusy(message: string): Response {
  return refuse(503, message, { headers: { "Retry-After": "1" } });
}
