// What a client has said about structured results: whether it takes them beside the text, of which kinds, and how large.

import type { Json } from "../vm/index.js";
import type { InvocationContext } from "./scope.js";

export interface HostResultCapability {
  enabled: boolean;
  /** Empty: all kinds. */
  allowedKinds: readonly string[];
  /** Bytes of compact JSON text. */
  maxPayloadBytes?: number;
}

const none: HostResultCapability = Object.freeze({ enabled: false, allowedKinds: Object.freeze([]) });

/**
 * Reads `client_capabilities.host_result` of a request. Enabled is only what says `true`; kinds that are no text and sizes
 * that are no positive integer count as not given.
 */
export function hostResultCapability(context: InvocationContext | undefined): HostResultCapability {
  const declared = member(context?.requestContext?.clientCapabilities, "host_result");
  if (member(declared, "enabled") !== true) return none;
  const kinds = member(declared, "allowed_kinds");
  const bytes = member(declared, "max_payload_bytes");
  const capability: HostResultCapability = { enabled: true, allowedKinds: names(kinds) };
  if (typeof bytes === "number" && Number.isInteger(bytes) && bytes > 0) capability.maxPayloadBytes = bytes;
  return capability;
}

/** The capability as `vulcan.context.host_result` shows it. */
export function wireHostResultCapability({
  enabled,
  allowedKinds,
  maxPayloadBytes,
}: HostResultCapability): Json {
  return {
    enabled,
    allowed_kinds: [...allowedKinds],
    ...(maxPayloadBytes === undefined ? {} : { max_payload_bytes: maxPayloadBytes }),
  };
}

function member(value: Json | undefined, key: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[key] : undefined;
}

function names(value: Json | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap(name => (typeof name === "string" && name.trim() !== "" ? [name.trim()] : []));
}
