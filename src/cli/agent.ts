// luaskills agent: a model with the skills as its tools, in a conversation on the terminal or for one question.

import { Command, InvalidArgumentError } from "commander";
import { type GlobalOptions, optionsOf } from "./global-options.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

/** Options of the command itself. */
export interface AgentCommandOptions {
  prompt?: string;
  model?: string;
  baseUrl?: string;
  fallback?: string[];
  contextWindow?: number;
  instructions?: string;
  instructionsFile?: string;
  session?: string;
  continue?: boolean;
  listSessions?: boolean;
  sessions?: string;
  /** False with `--no-save`. */
  save: boolean;
  yes?: boolean;
  allow?: string[];
  hooks?: string;
}

export function agentCommand(terminal: Terminal): Command {
  return new Command("agent")
    .description("talk to a model that has the entries as its tools")
    .option("-p, --prompt <text>", "ask this and end; - or no terminal: what comes on standard input")
    .optionsGroup("Model:")
    .option("--model <name>", "as the server calls it (LUASKILLS_MODEL)")
    .option("--base-url <url>", "server that speaks the OpenAI protocol (LUASKILLS_BASE_URL)")
    .option("--fallback <name>", "model to ask when the first fails; repeatable", collect)
    .option("--context-window <tokens>", "what the model takes, to make room in time", parseTokens)
    .option("--instructions <text>", "what the model should know and do, instead of the usual")
    .option("--instructions-file <file>", "the same, from a file")
    .optionsGroup("Sessions:")
    .option("--session <name>", "go on with this session, or begin it")
    .option("--continue", "go on with the session that was used last")
    .option("--list-sessions", "print the sessions and end")
    .option("--sessions <file>", "where they are kept")
    .option("--no-save", "keep nothing")
    .optionsGroup("Tools:")
    .option("-y, --yes", "call tools without asking")
    .option("--allow <tool>", "call this tool without asking; repeatable", collect)
    .option("--hooks <file>", "JSON file with hooks that are programs")
    .addHelpText(
      "after",
      "\nThe key for the server is read from LUASKILLS_API_KEY. Without a base URL, OPENAI_BASE_URL and OPENAI_API_KEY count.",
    )
    .action(async (_options: object, command: Command) => {
      const options = optionsOf<AgentCommandOptions>(command);
      await runAgentCommand(options, terminal);
    });
}

async function runAgentCommand(
  options: GlobalOptions & AgentCommandOptions,
  terminal: Terminal,
): Promise<void> {
  if (options.listSessions) {
    const { listSessions } = await import("./agent/session-choice.js");
    return listSessions(options, terminal);
  }
  // Before anything is loaded: what is wrong with the options is said at once.
  const { modelChoice } = await import("./agent/model-choice.js");
  const model = modelChoice(options, process.env);
  const log = { write: terminal.err };
  await withEngine(
    options,
    terminal,
    async (engine, { signal }) => {
      const { runAgent } = await import("./agent/run-agent.js");
      await runAgent(engine, { options, model, terminal, log, signal });
    },
    { log: text => log.write(text) },
  );
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function parseTokens(text: string): number {
  const tokens = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(tokens) || tokens === 0) {
    throw new InvalidArgumentError("Expected a positive number of tokens.");
  }
  return tokens;
}
