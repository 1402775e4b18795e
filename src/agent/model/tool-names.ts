// Names of tools as providers take them: letters, digits, `_` and `-`, at most 64. Tools of MCP servers may have others.

import { createHash } from "node:crypto";

const accepted = /^[a-zA-Z0-9_-]{1,64}$/;

export class ToolNames {
  /** By the provider's spelling. */
  readonly #originals = new Map<string, string>();

  toProvider(name: string): string {
    if (accepted.test(name)) return name;
    const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
    const spelled = `${name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 55)}_${digest}`;
    this.#originals.set(spelled, name);
    return spelled;
  }

  fromProvider(name: string): string {
    return this.#originals.get(name) ?? name;
  }
}
