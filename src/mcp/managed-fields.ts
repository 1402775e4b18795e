// Arguments that the server fills in and clients never see: who the caller is, and where relative paths begin.

import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject } from "../packages/json-object.js";

const identityPrefix = "LUASKILLS-SID-";

export type ManagedName = "LUASKILL_SID" | "PWD";

export class ManagedFields {
  readonly #values: Record<ManagedName, string>;

  /** @param identity undefined: a name that is the same whenever a server is started for this folder */
  constructor(identity: string | undefined, projectDir: string) {
    this.#values = { LUASKILL_SID: identityOf(identity, projectDir), PWD: projectDir };
  }

  /** The schema as clients get to see it, and the names of what is missing in it. */
  hide(schema: JsonObject): { schema: JsonObject; names: ManagedName[] } {
    const declared = isJsonObject(schema.properties) ? schema.properties : {};
    const names = (Object.keys(this.#values) as ManagedName[]).filter(name => Object.hasOwn(declared, name));
    if (names.length === 0) return { schema, names };
    const isHidden = (name: unknown) => names.includes(name as ManagedName);
    const properties = Object.fromEntries(Object.entries(declared).filter(([name]) => !isHidden(name)));
    const { required, ...rest } = schema;
    const left = Array.isArray(required) ? required.filter(name => !isHidden(name)) : [];
    return { schema: { ...rest, properties, ...(left.length > 0 ? { required: left } : {}) }, names };
  }

  /** Whatever a client sends under these names is replaced: it cannot speak for somebody else. */
  fill(args: JsonObject, names: readonly ManagedName[]): JsonObject {
    if (names.length === 0) return args;
    return { ...args, ...Object.fromEntries(names.map(name => [name, this.#values[name]])) };
  }
}

function identityOf(identity: string | undefined, projectDir: string): string {
  if (identity?.startsWith(identityPrefix)) return identity;
  const own = identity ?? createHash("sha256").update(projectDir).digest("hex").slice(0, 24);
  return identityPrefix + own;
}
