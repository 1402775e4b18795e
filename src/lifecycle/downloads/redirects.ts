// Where one address may lead to another: by a redirect, or by a manifest that names it.

import { isHttp, reachOf, shown } from "./address.js";

export const maxRedirects = 5;

/**
 * What forbids the way from one address to another: it must not take the encryption away, nor reach from the public network
 * into this machine or the network it stands in.
 */
export function leadProblem(from: URL, to: URL): string | undefined {
  if (!isHttp(to)) return `it leads to ${to.protocol}, which is not http or https`;
  const [start, end] = [reachOf(from), reachOf(to)];
  if (
    from.protocol === "https:" &&
    to.protocol === "http:" &&
    !(start === "loopback" && end === "loopback")
  ) {
    return `it leads from https to ${shown(to)}, which is not encrypted`;
  }
  if (end === "public" || start === end || (start === "loopback" && end === "private")) return undefined;
  return `it leads from ${from.host} to ${to.host}, which is inside this ${end === "loopback" ? "machine" : "network"}`;
}
