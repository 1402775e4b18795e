// Addresses of the network: which machine they mean, and how messages show them.

import { BlockList, isIP } from "node:net";
import { SkillError } from "../../packages/errors.js";

/** Where a host lies, as far as its name says. */
export type Reach = "loopback" | "private" | "public";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const local = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  local.addSubnet(net, prefix, "ipv4");
}
local.addSubnet("fc00::", 7, "ipv6");
local.addSubnet("fe80::", 10, "ipv6");
local.addAddress("::", "ipv6");

/**
 * Parses an http or https address.
 *
 * @param what the address is for, as the message begins
 * @throws SkillError `SKILL_REQUEST`
 */
export function parseAddress(what: string, text: string): URL {
  if (!URL.canParse(text)) {
    throw new SkillError("SKILL_REQUEST", `${what} is no address: ${JSON.stringify(text)}`);
  }
  const url = new URL(text);
  if (isHttp(url)) return url;
  throw new SkillError("SKILL_REQUEST", `${what} must be an http or https address, got ${url.protocol}`);
}

export function isHttp({ protocol }: URL): boolean {
  return protocol === "http:" || protocol === "https:";
}

export function reachOf({ hostname }: URL): Reach {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  const version = isIP(host);
  if (version === 0) return "public";
  const family = version === 4 ? "ipv4" : "ipv6";
  if (loopback.check(host, family)) return "loopback";
  return local.check(host, family) ? "private" : "public";
}

/** For messages: without user, password and query, which may be secrets. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
