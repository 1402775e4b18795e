// luaskills mcp: serve the skills to MCP clients, over standard input and output or over HTTP.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { HttpOptions, McpOptions, McpServer } from "../mcp/index.js";
import { OperationError, UsageError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { type HttpAddress, isLoopback, listen, localNames, parseAddress } from "./mcp-listener.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface McpCommandOptions {
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
  budgetBytes?: number;
  budgetLines?: number;
  pageBytes?: number;
  timeout?: number;
  grace?: number;
  watch: boolean;
}

/** The environment variable with the token: command lines are seen by everybody on the machine. */
const tokenVariable = "LUASKILLS_MCP_TOKEN";
const defaultBudget = { bytes: 65_536, lines: 2_000 };

export function mcpCommand(terminal: Terminal): Command {
  return new Command("mcp")
    .description("serve the skills to MCP clients: over standard input and output, or with --http over HTTP")
    .option("--http <[HOST:]PORT>", "listen here, at the path /mcp (default host: 127.0.0.1)", parseAddress)
    .option("--token-file <file>", `the token that HTTP clients must bring (default: ${tokenVariable})`)
    .option(
      "--allow-host <name>",
      "a further host name that HTTP requests may be meant for; repeatable",
      collect,
    )
    .option(
      "--allow-origin <name>",
      "the host name of a web page that may send requests; repeatable",
      collect,
    )
    .option("--max-requests <count>", "HTTP requests answered at one time (default: 512)", positive)
    .option("--max-body <bytes>", "size of one HTTP request (default: 4194304)", positive)
    .option("--max-sessions <count>", "HTTP sessions at one time (default: 256)", positive)
    .option("--session-idle <seconds>", "after which a silent HTTP session ends (default: 1800)", positive)
    .option("--name <name>", "the name of the server, as clients show it (default: luaskills)")
    .option("--identity <name>", "what entries that ask for LUASKILL_SID get")
    .option("--project-dir <dir>", "what entries that ask for PWD get (default: the working directory)")
    .option(
      "--budget-bytes <bytes>",
      "what a result may have before it is cut or paged (default: 65536)",
      positive,
    )
    .option("--budget-lines <lines>", "the same in lines (default: 2000)", positive)
    .option("--page-bytes <bytes>", "size of one page of a long result (default: the budget)", positive)
    .option("--timeout <ms>", "end calls after this many milliseconds (default: never)", positive)
    .option(
      "--grace <seconds>",
      "what running calls get when the server is asked to stop (default: 5)",
      seconds,
    )
    .option("--no-watch", "do not load skills anew when their files change")
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
          if (options.http === undefined) await server.serveStdio();
          else await serveHttp(server, options.http, stopping, terminal, options.json === true);
        },
        { engine },
      );
    });
}

/** Resolves when a signal has come and the server has let its calls finish. */
function stopOn(signal: AbortSignal, server: McpServer, grace: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      server.close(grace === undefined ? {} : { drainMs: grace * 1_000 }).then(resolve, reject);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
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
  const { budgetBytes = defaultBudget.bytes, budgetLines = defaultBudget.lines } = options;
  const budget = { bytes: budgetBytes, lines: budgetLines };
  return {
    clientBudget: { tool_result: budget, file_read: budget },
    onError: error => terminal.err(`mcp: ${error.message}\n`),
    ...given({
      name: options.name,
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

function collect(text: string, previous: string[] = []): string[] {
  return [...previous, text];
}

function positive(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("Expected a positive number.");
}

/** From 0, fractions too. */
function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a number of seconds.");
}
