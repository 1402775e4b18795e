/** luaskills/mcp: the skills of an engine, served to MCP clients. */
export type { HttpOptions } from "./http/options.js";
export type { McpOptions } from "./options.js";
export { createMcpServer, type McpServer } from "./server.js";
