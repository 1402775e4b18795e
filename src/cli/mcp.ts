// luaskills mcp: serve the skills to MCP clients, over standard input and output or over HTTP.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import type { HttpOptions, McpOptions, McpServer } from "../mcp/index.js";
import { OperationError, UsageError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { type HttpAddress, isLoopback, listen, localNames, parseAddress } from "./mcp-listener.js";
import { count, list, milliseconds, seconds } from "./option-values.js";
import { addContextOptions, type ContextOptions } from "./request-context.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface McpCommandOptions extends ContextOptions {
  http?: HttpAddress;
  tokenFile?: string;
  allowHost?: string[];
  allowOrigin?: string[];
  maxRequests?: number;
  maxSessions?: number;
  sessionIdle?: number;
  maxBody?: number;
  name?: string;
  identity?: string;
  projectDir?: string;
  pageBytes?: number;
  timeout?: number;
  grace?: number;
  watch: boolean;
}

/** The environment variable with the token: command lines are seen by everybody on the machine. */
const tokenVariable = "LUASKILLS_MCP_TOKEN";

export function mcpCommand(terminal: Terminal): Command {
  const command = new Command("mcp")
    .description("serve the skills to MCP clients: over standard input and output, or with --http over HTTP")
    .option("--http <[HOST:]PORT>", "listen here, at the path /mcp (default host: 127.0.0.1)", parseAddress)
    .option("--token-file <file>", `the token that HTTP clients must bring (default: ${tokenVariable})`)
    .option(
      "--allow-host <name>",
      "a further host name that HTTP requests may be meant for; repeatable",
      list,
    )
    .option("--allow-origin <name>", "a host name of web pages that may send requests; repeatable", list)
    .option("--max-requests <count>", "HTTP requests answered at one time (default: 512)", count)
    .option("--max-body <bytes>", "size of one HTTP request (default: 4194304)", count)
    .option("--max-sessions <count>", "HTTP sessions at one time (default: 256)", count)
    .option("--session-idle <seconds>", "after which a silent HTTP session ends (default: 1800)", count)
    .option("--name <name>", "the name of the server, as clients show it (default: luaskills)")
    .option("--identity <name>", "what entries that ask for LUASKILL_SID get")
    .option("--project-dir <dir>", "what entries that ask for PWD get (default: the working directory)")
    .option("--page-bytes <bytes>", "size of one page of a long result (default: that of the budget)", count)
    .option("--timeout <ms>", "end calls after this many milliseconds (default: never)", milliseconds)
    .option("--grace <seconds>", "for running calls when the server is asked to stop (default: 5)", seconds)
    .option("--no-watch", "do not load skills anew when their files change");
  return addContextOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  luaskills mcp --root MINE=./skills
  ${tokenVariable}=s3cret luaskills mcp --http 3000

What skills print goes to the error stream. docs/mcp.md says how applications start the server.`,
    )
    .action(async (_options: object, command: Command) => {
      const options = optionsOf<McpCommandOptions>(command);
      const mcpOptions = serverOptions(options, terminal);
      const engine = {
        watch: options.watch,
        ...(options.timeout === undefined ? {} : { callTimeoutMs: options.timeout }),
      };
      await withEngine(
        options,
        terminal,
        async (engine, { signal }) => {
          const { createMcpServer } = await import("../mcp/index.js");
          await using server = createMcpServer(engine, mcpOptions);
          const stopping = stopOn(signal, server, options.grace);
          if (options.http === undefined) await serveStdio(server, terminal);
          else await serveHttp(server, options.http, stopping, terminal, options.json === true);
        },
        { engine },
      );
    });
}

/** Resolves when a signal has come and the server has let its calls finish. */
function stopOn(signal: AbortSignal, server: McpServer, grace: number | undefined): Promise<void> {
  return new Promise(resolve => {
    const stop = () => {
      const closed = server.close(grace === undefined ? {} : { drainMs: grace * 1_000 });
      // What goes wrong there, disposing of the server says as well.
      closed.then(resolve, () => resolve());
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

async function serveStdio(server: McpServer, terminal: Terminal): Promise<void> {
  if (process.stdin.isTTY) terminal.err("waiting for an MCP client on standard input; Ctrl-C ends\n");
  await server.serveStdio();
}

async function serveHttp(
  server: McpServer,
  address: HttpAddress,
  stopping: Promise<void>,
  terminal: Terminal,
  json: boolean,
): Promise<void> {
  await using listener = await listen(address, server.handleHttp);
  if (json) terminal.out(`${JSON.stringify({ url: listener.url })}\n`);
  else terminal.err(`serving MCP at ${listener.url}\n`);
  await stopping;
}

function serverOptions(options: McpCommandOptions, terminal: Terminal): McpOptions {
  return {
    onError: error => terminal.err(`mcp: ${error.message}\n`),
    ...given({
      name: options.name,
      clientBudget: options.clientBudget,
      toolConfig: options.toolConfig,
      pageBytes: options.pageBytes,
      managedIdentity: options.identity,
      projectDir: options.projectDir === undefined ? undefined : resolve(options.projectDir),
    }),
    ...(options.http === undefined ? {} : { http: httpOptions(options, options.http) }),
  };
}

function httpOptions(options: McpCommandOptions, address: HttpAddress): HttpOptions {
  const token = readToken(options.tokenFile);
  if (token === undefined && !isLoopback(address.host)) {
    throw new UsageError(
      `--http ${address.host}: everybody who reaches this address could call the skills`,
      `set a token in ${tokenVariable} or by --token-file, or listen on 127.0.0.1`,
    );
  }
  return {
    allowedHosts: [...localNames(address), ...(options.allowHost ?? [])],
    ...given({
      token,
      allowedOrigins: options.allowOrigin,
      maxConcurrentRequests: options.maxRequests,
      maxSessions: options.maxSessions,
      maxBodyBytes: options.maxBody,
      sessionIdleMs: options.sessionIdle === undefined ? undefined : options.sessionIdle * 1_000,
    }),
  };
}

function readToken(file: string | undefined): string | undefined {
  if (file === undefined) return process.env[tokenVariable] || undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new OperationError("TOKEN", `cannot read --token-file: ${(error as Error).message}`);
  }
  if (text !== "") return text;
  throw new OperationError("TOKEN", `--token-file ${file} is empty`, "write the token into it");
}

/** Without what is undefined. */
function given<Options extends object>(
  options: Options,
): { [Name in keyof Options]?: NonNullable<Options[Name]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Options]?: NonNullable<Options[Name]>;
  };
}
