// The fourth value an entry may return: structured data for the host, beside the text for whoever asked.

import type { HostResultCapability } from "../host/host-result.js";
import type { Json } from "../vm/index.js";
import { checkChangeSet } from "./change-set.js";
import { Refusal, requireObject } from "./json-shape.js";

export interface HostResult {
  /** What the payload is; `change_set` is the kind whose shape is checked. */
  kind: string;
  payload: Json;
}

/**
 * Checks a host result against what the client takes.
 *
 * @param value what the entry returned, nil as null
 * @returns undefined when there is none, or the client takes none: then the value is not even looked at
 * @throws Refusal whose message is the part after the name of the entry
 */
export function readHostResult(value: Json, capability: HostResultCapability): HostResult | undefined {
  if (!capability.enabled || value === null) return undefined;
  const { kind, payload } = requireObject("host_result", value);
  if (typeof kind !== "string" || kind.trim() === "") {
    throw new Refusal("host_result.kind must be a non-empty string");
  }
  const { allowedKinds, maxPayloadBytes } = capability;
  const name = kind.trim();
  if (allowedKinds.length > 0 && !allowedKinds.includes(name)) {
    throw new Refusal(
      `host_result.kind ${JSON.stringify(name)} is not one the client takes (${allowedKinds.join(", ")})`,
    );
  }
  if (payload === undefined) throw new Refusal("host_result.payload is missing");
  const checked =
    name === "change_set" ? checkChangeSet(requireObject("host_result.payload", payload)) : payload;
  if (maxPayloadBytes !== undefined) {
    const bytes = Buffer.byteLength(JSON.stringify(checked));
    if (bytes > maxPayloadBytes) {
      throw new Refusal(
        `host_result.payload takes ${bytes} bytes, the client takes at most ${maxPayloadBytes}`,
      );
    }
  }
  return { kind: name, payload: checked };
}
