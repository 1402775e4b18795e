// One question and its answer: the answer on the output stream, what happens meanwhile on the error stream.

import { createInterface } from "node:readline/promises";
import type { AgentLoop, TurnOutcome } from "../../agent/index.js";
import { OperationError, UsageError } from "../failure.js";
import { Interrupted } from "../interruption.js";
import type { Terminal } from "../terminal.js";
import { narrate } from "./narration.js";
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
  if (process.stdin.isTTY && terminal.interactive) approval.ask = askOnErrorStream;
  const reply = new Reply(terminal, process.stdout.isTTY === true && options.json !== true);
  const loop = session.open({
    delta: (origin, { content }) => {
      if (origin.sessionKey === key && content !== undefined) reply.stream(content);
    },
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
  const stop = followSignal(loop, key, signal);
  try {
    const outcome = await loop.run({ sessionKey: key, text, channel: "cli" });
    await report(session, outcome, reply, tools);
  } finally {
    stop();
    await loop.close();
  }
}

async function report(
  { key, run: { options, terminal, signal } }: AgentSession,
  outcome: TurnOutcome,
  reply: Reply,
  tools: readonly ToolReport[],
): Promise<void> {
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
  // A last word was asked for: that is no failure of the model, but the question was not worked on to its end.
  signal.throwIfAborted();
}

interface ToolReport {
  tool: string;
  status: string;
  durationMs?: number;
  reason?: string;
}

function collectTools(loop: AgentLoop, tools: ToolReport[]): void {
  loop.on("agent.tool.exec_end", event => {
    if (event.kind !== "agent.tool.exec_end") return;
    const { tool, status, durationMs } = event.payload;
    tools.push({ tool, status, durationMs });
  });
  loop.on("agent.tool.exec_skipped", event => {
    if (event.kind !== "agent.tool.exec_skipped") return;
    const { tool, reason } = event.payload;
    tools.push({ tool, status: "skipped", reason });
  });
}

/** Ctrl-C asks for a last word; other signals end the turn. A second one ends the process (interruption.ts). */
function followSignal(loop: AgentLoop, key: string, signal: AbortSignal): () => void {
  const end = () => {
    const isCtrlC = signal.reason instanceof Interrupted && signal.reason.exitCode === 130;
    if (!isCtrlC || !loop.interrupt(key)) void loop.stop(key);
  };
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  return () => signal.removeEventListener("abort", end);
}

async function askOnErrorStream(question: string, signal: AbortSignal): Promise<string | undefined> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(question, { signal });
  } catch {
    return undefined;
  } finally {
    reader.close();
  }
}

/** The reply on the output stream, as it comes where somebody looks, else at its end. */
class Reply {
  readonly #terminal: Terminal;
  readonly #streams: boolean;
  /** Of tools for the user, before the answer. */
  #parts: string[] = [];
  #answer = "";
  #atLineStart = true;

  constructor(terminal: Terminal, streams: boolean) {
    this.#terminal = terminal;
    this.#streams = streams;
  }

  /** The model is asked (again): what it says now is its answer, unless it calls tools. */
  beginAnswer(): void {
    this.endLine();
    this.#answer = "";
  }

  stream(piece: string): void {
    this.#answer += piece;
    if (this.#streams) this.#write(piece);
  }

  add(part: string): void {
    this.#parts.push(part);
    if (!this.#streams) return;
    this.endLine();
    this.#write(`${part}\n`);
  }

  endLine(): void {
    if (!this.#atLineStart) this.#write("\n");
  }

  /** All that is for the user. */
  whole(answer: string): string {
    return [...this.#parts, ...(answer === "" ? [] : [answer])].join("\n");
  }

  finish(answer: string): void {
    if (!this.#streams) this.#write(this.whole(answer));
    else if (answer !== this.#answer) {
      // A hook has changed it, or it was never streamed.
      this.endLine();
      this.#write(answer);
    }
    this.endLine();
  }

  #write(text: string): void {
    if (text === "") return;
    this.#terminal.out(text);
    this.#atLineStart = text.endsWith("\n");
  }
}
