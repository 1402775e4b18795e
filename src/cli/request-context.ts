// What a call from the command line says about itself and its client.

import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { InvocationContext, Json } from "../index.js";
import { packageVersion } from "../package-version.js";
import { jsonValue } from "./option-values.js";

export interface ContextOptions {
  clientBudget?: Json;
  toolConfig?: Json;
  json?: boolean;
}

/** What people still read; skills that shape long results keep to it. */
const defaultBudget: Json = {
  tool_result: { bytes: 65_536, lines: 2_000 },
  file_read: { bytes: 65_536, lines: 2_000 },
};

export function addContextOptions(command: Command): Command {
  return command
    .option(
      "--client-budget <json>",
      "vulcan.context.client_budget (default: 65,536 bytes, 2,000 lines)",
      jsonValue,
    )
    .option("--tool-config <json>", "vulcan.context.tool_config", jsonValue);
}

export function requestContext(options: ContextOptions): InvocationContext {
  return {
    requestContext: {
      requestId: randomUUID(),
      clientName: "luaskills",
      transportName: "cli",
      clientInfo: { kind: "cli", name: "luaskills", version: packageVersion() },
      // Only programs have a use for structured results.
      clientCapabilities: options.json === true ? { host_result: { enabled: true } } : {},
    },
    clientBudget: options.clientBudget ?? defaultBudget,
    ...(options.toolConfig === undefined ? {} : { toolConfig: options.toolConfig }),
  };
}
