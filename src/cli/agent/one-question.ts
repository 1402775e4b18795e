// One question and its answer: the answer on the output stream, what happens meanwhile on the error stream.

import { createInterface } from "node:readline/promises";
import type { AgentLoop, OutputPort, TurnOutcome } from "../../agent/index.js";
import { OperationError, UsageError } from "../failure.js";
import { Interrupted } from "../interruption.js";
import { narrate } from "./narration.js";
import { Reply } from "./reply.js";
import type { AgentSession } from "./run-agent.js";

/** @param prompt `-` or undefined: all that comes from the stream */
export async function readPrompt(prompt: string | undefined, stdin: NodeJS.ReadStream): Promise<string> {
  const text = prompt === undefined || prompt === "-" ? await readAll(stdin) : prompt;
  if (text.trim() !== "") return text.trim();
  throw new UsageError("there is nothing to ask", "give --prompt TEXT, or the question on standard input");
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** @throws OperationError when the turn fails; Interrupted when it was ended */
export async function askOnce(session: AgentSession, text: string): Promise<void> {
  const { run, key, approval } = session;
  const { terminal, options, signal } = run;
  signal.throwIfAborted();
  const streams = process.stdout.isTTY === true && options.json !== true;
  const reply = new Reply(terminal, streams);
  const delta: OutputPort["delta"] = (origin, { content }) => {
    if (origin.sessionKey === key && content !== undefined) reply.stream(content);
  };
  const loop = session.open({
    // An answer that nobody reads along can be asked for again when it breaks off.
    ...(streams ? { delta } : {}),
    text: ({ content, kind }) => {
      if (kind === "notice") terminal.err(`${content}\n`);
      else reply.add(content);
    },
    sendMedia: async ({ parts }) => {
      for (const { ref, filename } of parts) terminal.err(`file: ${filename ?? ref}\n`);
    },
  });
  const tools: ToolReport[] = [];
  collectTools(loop, tools);
  loop.on("agent.llm.request", ({ sessionKey }) => {
    if (sessionKey === key) reply.beginAnswer();
  });
  if (terminal.interactive && options.json !== true) {
    narrate(
      loop,
      () => key,
      terminal.style.err,
      line => {
        reply.endLine();
        terminal.err(line);
      },
    );
  }
  const askForEnd = () => {
    if (!loop.interrupt(key)) return void loop.stop(key);
    if (terminal.interactive) terminal.err("coming to an end; Ctrl-C again ends at once\n");
  };
  const stop = followSignal(signal, askForEnd, () => void loop.stop(key));
  let interrupted: Interrupted | undefined;
  if (process.stdin.isTTY && terminal.interactive) {
    approval.ask = (question, taken) =>
      askOnErrorStream(question, taken, () => {
        interrupted = new Interrupted("SIGINT");
        askForEnd();
      });
  }
  try {
    const outcome = await loop.run({ sessionKey: key, text, channel: "cli" });
    report(session, outcome, reply, tools);
    // A last word was asked for: the question was not worked on to its end.
    signal.throwIfAborted();
    if (interrupted !== undefined) throw interrupted;
  } finally {
    stop();
    await loop.close();
  }
}

function report(
  { key, run: { options, terminal, signal } }: AgentSession,
  outcome: TurnOutcome,
  reply: Reply,
  tools: readonly ToolReport[],
): void {
  const { status, turnId, iterations } = outcome;
  if (status === "error") throw new OperationError("AGENT", outcome.error ?? "the turn failed");
  if (status === "aborted") {
    signal.throwIfAborted();
    throw new OperationError("AGENT_ABORTED", outcome.error ?? "the turn was aborted");
  }
  if (options.json) {
    const text = reply.whole(outcome.text);
    terminal.out(`${JSON.stringify({ session: key, turnId, status, text, iterations, tools }, null, 2)}\n`);
  } else reply.finish(outcome.text);
}

interface ToolReport {
  tool: string;
  status: string;
  durationMs?: number;
  reason?: string;
}

function collectTools(loop: AgentLoop, tools: ToolReport[]): void {
  loop.on("agent.tool.*", event => {
    if (event.kind === "agent.tool.exec_end") {
      const { tool, status, durationMs } = event.payload;
      tools.push({ tool, status, durationMs });
    } else if (event.kind === "agent.tool.exec_skipped") {
      const { tool, reason } = event.payload;
      tools.push({ tool, status: "skipped", reason });
    }
  });
}

/** Ctrl-C asks for a last word, other signals end the turn. A second one ends the process (interruption.ts). */
function followSignal(signal: AbortSignal, askForEnd: () => void, end: () => void): () => void {
  const follow = () => {
    const isCtrlC = signal.reason instanceof Interrupted && signal.reason.exitCode === 130;
    if (isCtrlC) askForEnd();
    else end();
  };
  signal.addEventListener("abort", follow, { once: true });
  return () => signal.removeEventListener("abort", follow);
}

/**
 * Ctrl-D and Ctrl-C are no answers.
 *
 * @param interrupt told of Ctrl-C, of which the terminal makes no signal while a line is being read
 */
async function askOnErrorStream(
  question: string,
  signal: AbortSignal,
  interrupt: () => void,
): Promise<string | undefined> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  const leave = () => gone.abort();
  reader.on("close", leave);
  reader.on("SIGINT", () => {
    interrupt();
    leave();
  });
  signal.addEventListener("abort", leave, { once: true });
  try {
    if (signal.aborted) return undefined;
    return await reader.question(question, { signal: gone.signal });
  } catch {
    return undefined;
  } finally {
    signal.removeEventListener("abort", leave);
    reader.close();
  }
}
