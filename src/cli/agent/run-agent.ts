// Makes the loop of `luaskills agent`, and has the conversation or asks the one question.

import { readFileSync } from "node:fs";
import {
  AgentLoop,
  type Hook,
  type ModelEndpoint,
  type OutputPort,
  type PortSettings,
  type ProcessHookOptions,
  processHook,
  skillTools,
  subTurnTools,
} from "../../agent/index.js";
import type { SkillEngine } from "../../index.js";
import type { AgentCommandOptions } from "../agent.js";
import { OperationError, UsageError } from "../failure.js";
import type { GlobalOptions } from "../global-options.js";
import { unlessAborted } from "../interruption.js";
import type { Terminal } from "../terminal.js";
import { type Approval, approvalHook } from "./approval.js";
import { converse } from "./conversation.js";
import { askOnce, readPrompt } from "./one-question.js";
import { chooseSession } from "./session-choice.js";

export interface AgentRun {
  options: GlobalOptions & AgentCommandOptions;
  model: ModelEndpoint & PortSettings;
  terminal: Terminal;
  /** Where what skills, hooks and the engine log goes: whoever draws on the terminal takes it over. */
  log: { write(text: string): void };
  /** Aborted by signals that ask the process to end. */
  signal: AbortSignal;
}

/** What a conversation and a single question have in common. */
export interface AgentSession {
  run: AgentRun;
  engine: SkillEngine;
  /** Of the conversation. */
  key: string;
  store: Awaited<ReturnType<typeof chooseSession>>["store"];
  approval: Approval;
  /** Makes the loop, with where its output goes. The caller closes it. */
  open(output: OutputPort): AgentLoop;
}

const usualInstructions = `You are an assistant in the user's terminal. Use the tools when they help, and say in a few plain sentences \
what you found or did. Your answers are shown as text without formatting.`;

/** Tools that only start and list sub-turns, whose own tools are asked about. */
const harmless = ["spawn", "subagent", "delegate", "spawn_status"];

/** @throws UsageError, OperationError, AgentError; the reason of the signal */
export async function runAgent(engine: SkillEngine, run: AgentRun): Promise<void> {
  const { options, model, signal } = run;
  const { stdin, stdout } = process;
  const isConversation = options.prompt === undefined && stdin.isTTY && stdout.isTTY;
  if (isConversation && options.json) {
    throw new UsageError(
      "--json is for a single question",
      "give --prompt, or the question on standard input",
    );
  }
  const systemPrompt = instructionsOf(options);
  const hooks = hooksOf(run);
  const text = isConversation ? "" : await unlessAborted(readPrompt(options.prompt, stdin), signal);
  const { key, store } = await chooseSession(options, isConversation);
  const approval: Approval = {
    yes: options.yes === true,
    allowed: new Set([...harmless, ...(options.allow ?? [])]),
  };
  const session: AgentSession = {
    run,
    engine,
    key,
    store,
    approval,
    open: output =>
      new AgentLoop({
        tools: [skillTools(engine), subTurnTools()],
        model,
        ...(store === undefined ? {} : { sessions: store }),
        hooks: [approvalHook(approval), ...hooks],
        systemPrompt,
        output,
      }),
  };
  try {
    if (isConversation) await converse(session);
    else await askOnce(session, text);
  } finally {
    await store?.close();
  }
}

function instructionsOf({ instructions, instructionsFile }: AgentCommandOptions): string {
  if (instructions !== undefined && instructionsFile !== undefined) {
    throw new UsageError("--instructions and --instructions-file are both given", "give one of them");
  }
  return instructionsFile === undefined ? (instructions ?? usualInstructions) : readText(instructionsFile);
}

function hooksOf({ options: { hooks: file }, log }: AgentRun): Hook[] {
  if (file === undefined) return [];
  const text = readText(file);
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) throw new Error("it must be an array of hooks");
    return (list as ProcessHookOptions[]).map(options =>
      processHook({ ...options, log: line => log.write(`hook ${options.name}: ${line}\n`) }),
    );
  } catch (error) {
    const hint =
      'a hook is { "name", "command": ["program", …], "intercept": ["before_tool", …], "observe": [] }';
    throw new OperationError(
      "HOOKS",
      `the hooks in ${file} cannot be used: ${(error as Error).message}`,
      hint,
    );
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new OperationError("FILE", `cannot read ${file}: ${(error as Error).message}`);
  }
}
