// The conversation on the terminal: what is typed while the agent works steers it, Ctrl-C once asks for an end, twice makes one.

import type { AgentLoop, TurnOutcome } from "../../agent/index.js";
import { LineEditor } from "./line-editor.js";
import { narrate } from "./narration.js";
import type { AgentSession } from "./run-agent.js";
import { listingsOf, newKey, sessionTable } from "./session-choice.js";

const help = `/tools           the tools that the model has
/sessions        the sessions that are kept
/session NAME    go on with another session, or begin it
/new             begin a new session
/stop            end what runs, and forget it
/quit            leave; so does Ctrl-D
While it works, what you type steers it. Ctrl-C once: it comes to an end; twice: it stops, as if you had not asked.
`;

/** @throws the reason of the signal */
export async function converse(session: AgentSession): Promise<void> {
  const { signal } = session.run;
  signal.throwIfAborted();
  const conversation = new Conversation(session);
  const leave = () => conversation.leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    await conversation.over;
  } finally {
    signal.removeEventListener("abort", leave);
    await conversation.close();
  }
  signal.throwIfAborted();
}

class Conversation {
  readonly over: Promise<void>;
  readonly #session: AgentSession;
  readonly #loop: AgentLoop;
  readonly #editor: LineEditor;
  readonly #stopNarration: () => void;
  #key: string;
  #working = false;
  /** What the model has said since it was asked last. */
  #answer = "";
  /** Ctrl-C was pressed: in the running turn, or on an empty line. */
  #warned = false;
  #end: () => void = () => {};

  constructor(session: AgentSession) {
    const { style } = session.run.terminal;
    this.#session = session;
    this.#key = session.key;
    this.over = new Promise(resolve => {
      this.#end = resolve;
    });
    this.#editor = new LineEditor(process.stdin, process.stdout, {
      line: text => void this.#typed(text.trim()),
      interrupt: () => void this.#ctrlC(),
      end: () => this.leave(),
    });
    this.#loop = session.open({
      delta: (origin, { content }) => {
        if (origin.sessionKey !== this.#key || content === undefined) return;
        this.#answer += content;
        this.#editor.write(content);
      },
      text: ({ sessionKey, content }) => {
        if (sessionKey !== this.#key) return;
        // A reply that was streamed is there already, but for the end of its last line.
        if (content === this.#answer) this.#editor.endLine();
        else this.#print(content);
      },
      sendMedia: async ({ parts }) => {
        for (const { ref, filename } of parts) this.#print(`file: ${filename ?? ref}`);
      },
    });
    session.run.log.write = text => this.#print(text);
    session.approval.ask = (question, signal) => this.#editor.ask(style.out.yellow(question), signal);
    this.#loop.on("agent.llm.request", ({ sessionKey }) => {
      if (sessionKey !== this.#key) return;
      this.#editor.endLine();
      this.#answer = "";
    });
    this.#stopNarration = narrate(
      this.#loop,
      () => this.#key,
      style.out,
      line => {
        this.#editor.endLine();
        this.#editor.write(line);
      },
    );
    this.#greet();
    this.#expect();
  }

  leave(): void {
    this.#end();
  }

  async close(): Promise<void> {
    this.#stopNarration();
    this.#session.run.log.write = this.#session.run.terminal.err;
    this.#editor[Symbol.dispose]();
    await this.#loop.close();
  }

  get #style() {
    return this.#session.run.terminal.style.out;
  }

  /** Also with what nobody waits for: the follow-up of a background task. */
  get #isBusy(): boolean {
    return this.#working || this.#loop.turns().some(({ sessionKey }) => sessionKey === this.#key);
  }

  #greet(): void {
    const { model, baseUrl } = this.#session.run.model;
    const { bold, dim } = this.#style;
    const kept = this.#session.store === undefined ? ", not kept" : "";
    this.#print(`${bold(model)} at ${new URL(baseUrl).host}, session ${bold(this.#key)}${kept}`);
    this.#print(dim("/help lists what you can type; Ctrl-D leaves"));
  }

  #print(line: string): void {
    this.#editor.endLine();
    this.#editor.write(line.endsWith("\n") ? line : `${line}\n`);
  }

  #expect(): void {
    this.#editor.endLine();
    this.#editor.expect(this.#style.bold("> "), !this.#working);
  }

  async #typed(text: string): Promise<void> {
    this.#warned = false;
    try {
      if (text.startsWith("/")) await this.#command(text);
      else if (text !== "" && this.#working) this.#loop.steer(this.#key, text);
      else if (text !== "") await this.#ask(text);
    } catch (error) {
      this.#print(this.#style.red(messageOf(error)));
    }
  }

  async #ask(text: string): Promise<void> {
    this.#working = true;
    this.#expect();
    try {
      this.#tellEnd(await this.#loop.run({ sessionKey: this.#key, text, channel: "cli" }));
    } finally {
      this.#working = false;
      this.#warned = false;
      this.#expect();
    }
  }

  #tellEnd({ status, text, error }: TurnOutcome): void {
    const { red, yellow } = this.#style;
    if (status === "error") this.#print(red(error ?? "the turn failed"));
    else if (status === "aborted") this.#print(yellow("stopped: the session is as it was before"));
    else if (text !== "" && text !== this.#answer) this.#print(text);
  }

  async #ctrlC(): Promise<void> {
    const { dim } = this.#style;
    const { typed } = this.#editor;
    if (this.#isBusy) {
      this.#editor.withdraw();
      const isFirst = !this.#warned;
      this.#warned = true;
      if (isFirst && this.#loop.interrupt(this.#key))
        this.#print(dim("coming to an end; Ctrl-C again stops at once"));
      else await this.#loop.stop(this.#key);
    } else if (typed !== "") {
      this.#editor.clear();
    } else if (this.#warned) {
      this.leave();
    } else {
      this.#warned = true;
      this.#print(dim("Ctrl-C again leaves, and so does Ctrl-D"));
    }
  }

  async #command(line: string): Promise<void> {
    const [name = "", ...words] = line.split(/\s+/);
    const argument = words.join(" ");
    if (name === "/quit" || name === "/exit") return this.leave();
    if (name === "/stop") return this.#print((await this.#loop.stop(this.#key)).message);
    if (name === "/help") return this.#print(help);
    if (name === "/tools") return this.#print(this.#tools());
    if (name === "/sessions") return this.#print(await this.#sessions());
    if (name === "/new") return this.#change(newKey(new Date()));
    if (name === "/session" && argument !== "") return this.#change(argument);
    this.#print(this.#style.yellow(`there is no ${line}; /help lists what there is`));
  }

  #change(key: string): void {
    if (this.#isBusy) {
      this.#print(this.#style.yellow("not while it works: /stop ends what runs"));
      return;
    }
    this.#key = key;
    this.#print(`session ${this.#style.bold(key)}`);
  }

  #tools(): string {
    const names = this.#session.engine.entries().map(({ canonicalName }) => canonicalName);
    return names.length === 0 ? "there are no entries" : names.join("\n");
  }

  async #sessions(): Promise<string> {
    const { store } = this.#session;
    const listings = store === undefined ? [] : await listingsOf(store);
    return listings.length === 0
      ? "no session is kept yet"
      : sessionTable(listings, this.#session.run.terminal);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
