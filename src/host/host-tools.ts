// vulcan.host: tools that the host has registered. Their failures are answers, not errors.

import { FunctionGroup } from "../vm/host-support.js";
import type { Json } from "../vm/index.js";
import { requirePlainText } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import { callerOf, type HostCaller } from "./caller.js";
import { type AnswerText, answer, failure, messageOf } from "./envelope.js";
import { luaHalf } from "./half.js";

/** What a tool gets beside its arguments. */
export interface HostToolOptions {
  /** Aborts when the call that waits for the tool has ended, by its deadline or otherwise. */
  signal: AbortSignal;
}

export type HostToolFunction = (
  args: Json,
  caller: HostCaller,
  options: HostToolOptions,
) => Json | undefined | Promise<Json | undefined>;

export interface HostTools {
  /** In order of name. */
  list(): { name: string; description: string; input_schema?: Json }[];
  find(name: string): HostToolFunction | undefined;
}

const group = new FunctionGroup("vulcan.host", ["list", "has", "call"]);
const half = luaHalf(import.meta.url, "host-tools.lua");

export function installHostTools(builder: HostBuilder): void {
  builder.functions(group, host => {
    const tools = host.services.hostTools;
    const start = (name: string, args: string) => {
      const tool = tools.find(name);
      if (tool === undefined) {
        return failure("host_tool_callback_missing", `the host has no tool named ${JSON.stringify(name)}`);
      }
      const signal = host.run?.signal ?? AbortSignal.abort();
      return invoke(tool, JSON.parse(args), callerOf(host.run), { signal });
    };
    return {
      list: () => tools.list(),
      has: name => tools.find(requirePlainText("host.has", "name", name)) !== undefined,
      call: {
        wait: (name, args) => start(requirePlainText("host.call", "name", name), String(args)),
        sync: (name, args) => {
          const outcome = start(requirePlainText("host.call", "name", name), String(args));
          if (typeof outcome === "string") return outcome;
          return failure(
            "host_tool_callback_error",
            `host tool ${JSON.stringify(name)} answers later, and a synchronous call cannot wait for it`,
          );
        },
      },
    };
  });
  builder.half("vulcan.host", half);
}

/** A promise only where the tool returns one; it never rejects. */
function invoke(
  tool: HostToolFunction,
  ...request: Parameters<HostToolFunction>
): AnswerText | Promise<AnswerText> {
  try {
    const outcome = tool(...request);
    return outcome instanceof Promise ? outcome.then(envelope, fail) : envelope(outcome);
  } catch (error) {
    return fail(error);
  }
}

/** An object is the tool's own answer, anything else is the value of a successful one. */
function envelope(value: Json | undefined): AnswerText {
  const whole = typeof value === "object" && value !== null && !Array.isArray(value);
  return answer(whole ? value : { ok: true, value }, "host_tool_callback_error");
}

function fail(error: unknown): AnswerText {
  return failure("host_tool_callback_error", messageOf(error));
}
