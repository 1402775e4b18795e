// luaskills studio: the page that shows what the roots offer, until Ctrl-C.

import { once } from "node:events";
import { Command, InvalidArgumentError, Option } from "commander";
import type { InvocationContext } from "../index.js";
import { packageVersion } from "../package-version.js";
import type { Studio } from "../studio/studio.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { openInBrowser } from "./open-in-browser.js";
import { addContextOptions, type ContextOptions, requestContext } from "./request-context.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface StudioCommandOptions extends ContextOptions {
  port: number;
  address: "127.0.0.1" | "::1";
  open?: true;
  watch: boolean;
}

export function studioCommand(terminal: Terminal): Command {
  const command = new Command("studio")
    .description("a local page: look at skills, run entries, see log, running calls and charts")
    .addOption(
      new Option("--port <number>", "port to listen on").argParser(parsePort).default(0, "one that is free"),
    )
    .addOption(
      new Option("--address <address>", "loopback address to listen on")
        .choices(["127.0.0.1", "::1"])
        .default("127.0.0.1"),
    )
    .option("--open", "open the page in the default browser")
    .option("--no-watch", "load skills again only when asked to, not when their files change");
  return addContextOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  luaskills studio --open
  luaskills studio --root ROOT=./my-skills --port 4321

The page is for one browser on this machine: the link works once. Ctrl-C ends the studio and the calls that run in it.`,
    )
    .action(async (_options: object, command: Command) => {
      const options = optionsOf<StudioCommandOptions>(command);
      const needs = { engine: { watch: options.watch, validateArguments: true } };
      await withEngine(
        options,
        terminal,
        async (engine, { report, signal }) => {
          const { Studio } = await import("../studio/studio.js");
          const { address, port } = options;
          const version = packageVersion();
          const settings = { report, version, address, port, context: contextOf(options) };
          await using studio = await Studio.start(engine, settings).catch(refuse);
          announce(studio, terminal, options.json === true);
          if (options.open) openInBrowser(studio.url, problem => terminal.err(`${problem}\n`));
          if (!signal.aborted) await once(signal, "abort");
        },
        needs,
      );
    });
}

/** As the command line, but that people look at structured results too. */
function contextOf(options: ContextOptions): InvocationContext {
  const context = requestContext({ ...options, json: true });
  return { ...context, requestContext: { ...context.requestContext, transportName: "studio" } };
}

function announce({ url }: Studio, terminal: Terminal, json: boolean): void {
  if (json) terminal.out(`${JSON.stringify({ url })}\n`);
  else
    terminal.out(
      `The studio is at ${terminal.style.out.cyan(url)}\nThe link works once. Ctrl-C ends the studio.\n`,
    );
}

function refuse(error: NodeJS.ErrnoException): never {
  if (error.syscall !== "listen") throw error;
  const hint = error.code === "EADDRINUSE" ? "another program has this port: leave --port out" : undefined;
  throw new OperationError("LISTEN", `the studio cannot listen: ${error.message}`, hint);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("Expected a port, 0 to 65535.");
  return port;
}
