// Requests that another site makes a browser send are refused before anything else is looked at: by the Host header, which
// a name that was made to point at this machine (DNS rebinding) cannot have, and by what browsers say about the origin.

import type { IncomingMessage } from "node:http";
import { RequestError } from "./refusal.js";

/** The values of Host that a server on a loopback address has. */
export function loopbackHosts(port: number): ReadonlySet<string> {
  return new Set(["127.0.0.1", "[::1]", "localhost"].map(name => `${name}:${port}`));
}

/**
 * @param isLink the request is the one a person makes by opening the link, from wherever that was clicked
 * @throws RequestError
 */
export function requireSameOrigin(
  { method, headers }: IncomingMessage,
  hosts: ReadonlySet<string>,
  isLink: boolean,
): void {
  const { host = "", origin, "sec-fetch-site": site } = headers;
  if (!hosts.has(host)) {
    throw new RequestError(403, "HOST", `the studio answers for ${[...hosts].join(", ")} only`);
  }
  const reads = method === "GET";
  if (origin === undefined ? !reads : origin !== `http://${host}`) {
    throw new RequestError(403, "ORIGIN", "requests of other origins are refused");
  }
  if (!isLink && site !== undefined && site !== "same-origin" && site !== "none") {
    throw new RequestError(403, "ORIGIN", "requests of other sites are refused");
  }
}
