// vulcan.context and vulcan.deps: views of the running invocation.

import type { Json } from "../vm/index.js";
import type { HostBuilder } from "./builder.js";
import { hostResultCapability, wireHostResultCapability } from "./host-result.js";
import type { HostVm, RequestContext } from "./scope.js";

export function installContext(builder: HostBuilder): void {
  builder.view(
    "vulcan.context",
    [
      "request",
      "client_info",
      "client_capabilities",
      "client_budget",
      "tool_config",
      "skill_dir",
      "entry_dir",
      "entry_file",
      "host_result",
    ],
    host => key => readContext(host, key),
  );
  builder.view("vulcan.deps", ["tools_path", "lua_path", "ffi_path"], host => key => {
    const dirs = host.run?.frame.skill?.depsDirs;
    if (key === "tools_path") return dirs?.tools;
    return key === "lua_path" ? dirs?.lua : dirs?.ffi;
  });
}

function readContext({ run }: HostVm, key: string): unknown {
  const request = run?.context?.requestContext;
  switch (key) {
    case "request":
      return request === undefined ? {} : wireRequest(request);
    case "client_info":
      return request?.clientInfo;
    case "client_capabilities":
      return request?.clientCapabilities ?? {};
    case "client_budget":
      return run?.context?.clientBudget ?? {};
    case "tool_config":
      return run?.context?.toolConfig ?? {};
    case "skill_dir":
      return run?.frame.skill?.skillDir;
    case "entry_dir":
      return run?.frame.entry?.dir;
    case "entry_file":
      return run?.frame.entry?.file;
    default:
      return wireHostResultCapability(hostResultCapability(run?.context));
  }
}

/** A request context under the names that Lua code knows. */
export function wireRequest(request: RequestContext): { [key: string]: Json } {
  const wire: { [key: string]: Json | undefined } = {
    request_id: request.requestId,
    client_name: request.clientName,
    transport_name: request.transportName,
    session_id: request.sessionId,
    client_info: request.clientInfo as Json | undefined,
    client_capabilities: request.clientCapabilities ?? {},
  };
  for (const key of Object.keys(wire)) if (wire[key] === undefined) delete wire[key];
  return wire as { [key: string]: Json };
}
