// The tools of the host that skills may call.

import type { HostCaller } from "../host/caller.js";
import type { HostToolFunction, HostToolOptions, HostTools } from "../host/host-tools.js";
import type { Json } from "../vm/index.js";

export interface HostTool {
  description: string;
  /** JSON Schema of the arguments, for skills that look at it; the engine does not check against it. */
  inputSchema?: Json;
  /**
   * Does the work. What it returns is the answer if it is an object, and the answer's `value` otherwise; what it throws is
   * an answer with the error code `host_tool_callback_error`.
   */
  call(
    args: Json,
    caller: HostCaller,
    options: HostToolOptions,
  ): Json | undefined | Promise<Json | undefined>;
}

export class HostToolRegistry implements HostTools {
  readonly #tools = new Map<string, { tool: HostTool }>();

  /**
   * @returns takes the tool away again
   * @throws TypeError for an invalid or a taken name, or a tool of the wrong shape
   */
  register(name: string, tool: HostTool): () => void {
    if (typeof name !== "string" || name.trim() === "" || name.includes("\0")) {
      throw new TypeError("registerHostTool: name must be a non-empty string without NUL bytes");
    }
    if (typeof tool?.call !== "function") {
      throw new TypeError(
        `registerHostTool: ${name}: tool.call must be a function, got ${typeof tool?.call}`,
      );
    }
    if (typeof tool.description !== "string") {
      throw new TypeError(
        `registerHostTool: ${name}: tool.description must be a string, got ${typeof tool.description}`,
      );
    }
    if (this.#tools.has(name)) {
      throw new TypeError(`registerHostTool: there is a tool named ${name} already; take it away first`);
    }
    // One object per registration: the same tool may be taken away and registered anew.
    const registration = { tool };
    this.#tools.set(name, registration);
    return () => {
      if (this.#tools.get(name) === registration) this.#tools.delete(name);
    };
  }

  list(): { name: string; description: string; input_schema?: Json }[] {
    return [...this.#tools]
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([name, { tool }]) => ({
        name,
        description: tool.description,
        ...(tool.inputSchema === undefined ? {} : { input_schema: tool.inputSchema }),
      }));
  }

  find(name: string): HostToolFunction | undefined {
    const tool = this.#tools.get(name)?.tool;
    return tool === undefined ? undefined : (...request) => tool.call(...request);
  }
}
