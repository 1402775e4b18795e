// The life of a server process on standard input and output: what it writes where, and how it ends.

import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { luaskillsOnTerminal } from "../cli/pseudo-terminal.js";
import type { Scope } from "../skills/skill-tree.js";
import { closed, labRoot, listenForHolds } from "./lab.js";
import { program } from "./served.js";

interface Message {
  id?: number;
  method?: string;
  result?: { content: { text: string }[]; isError?: boolean };
}

/** A client that is nothing but two pipes. */
class RawClient {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly lines: string[] = [];
  readonly exit: Promise<number | null>;
  errors = "";
  #id = 0;
  #ended = false;

  constructor(t: Scope, args: string[] = []) {
    this.child = spawn(process.execPath, [program, "mcp", "--root", `ROOT=${labRoot(t)}`, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    t.after(() => this.child.kill("SIGKILL"));
    this.exit = once(this.child, "close").then(([code]) => {
      this.#ended = true;
      this.child.emit("wrote");
      return code as number | null;
    });
    this.child.stdin.on("error", () => {});
    this.child.stderr.setEncoding("utf8").on("data", text => {
      this.errors += text;
      this.child.emit("wrote");
    });
    createInterface(this.child.stdout).on("line", line => {
      this.lines.push(line);
      this.child.emit("wrote");
    });
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: "raw", version: "1" };
    await this.answer(
      this.send("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo }),
    );
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  }

  /** @returns the id of the request */
  send(method: string, params: unknown): number {
    this.#id += 1;
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: this.#id, method, params })}\n`);
    return this.#id;
  }

  call(name: string, args: unknown = {}): number {
    return this.send("tools/call", { name, arguments: args });
  }

  async answer(id: number): Promise<Message> {
    for (;;) {
      const messages = this.lines.map(line => JSON.parse(line) as Message);
      const answer = messages.find(message => message.id === id);
      if (answer !== undefined) return answer;
      assert.equal(this.#ended, false, `the server ended without an answer: ${this.errors}`);
      await once(this.child, "wrote");
    }
  }
}

test("on a terminal the command says what it waits for, and Ctrl-C ends it", async t => {
  const terminal = luaskillsOnTerminal(t, ["mcp", "--root", `ROOT=${labRoot(t)}`]);
  await terminal.waitFor("waiting for an MCP client on standard input");
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 0);
});

test("standard output is the protocol's alone: what skills, programs and native libraries write goes to the error stream", async t => {
  const client = new RawClient(t);
  await client.initialize();
  const { result } = await client.answer(client.call("lab-noise"));
  assert.equal(result?.content[0]?.text, "quiet");
  client.child.stdin.end();
  assert.equal(await client.exit, 0);
  for (const line of client.lines) assert.equal(JSON.parse(line).jsonrpc, "2.0");
  for (const text of ["by print", "by io.write", "by io.stdout", "by a native library", "by a child"]) {
    assert.ok(client.errors.includes(text), `${text} in ${client.errors}`);
  }
});

test("a client that closes standard input ends the server", async t => {
  const client = new RawClient(t);
  await client.initialize();
  client.child.stdin.end();
  assert.equal(await client.exit, 0);
});

test("a client that goes before it has said anything ends the server", async t => {
  const client = new RawClient(t);
  client.child.stdin.end();
  assert.equal(await client.exit, 0);
  assert.deepEqual(client.lines, []);
});

test("a client that dies in the middle of calls takes them with it", async t => {
  const holds = await listenForHolds(t);
  const client = new RawClient(t);
  await client.initialize();
  client.call("lab-hold", { port: holds.port });
  client.call("lab-spin");
  const connection = await holds.next();
  client.child.stdin.destroy();
  client.child.stdout.destroy();
  client.child.stderr.destroy();
  await closed(connection);
  assert.equal(await client.exit, 0);
});

test("what is no message is left out, and the server serves on", async t => {
  const client = new RawClient(t);
  await client.initialize();
  client.child.stdin.write("this is no JSON\n{}\n[1,2]\n");
  const { result } = await client.answer(client.call("lab-echo", { text: "still there" }));
  assert.equal(result?.content[0]?.text, '{"text":"still there"}');
});

test("a signal lets running calls finish, and then ends the server", async t => {
  const holds = await listenForHolds(t);
  const client = new RawClient(t, ["--grace", "600"]);
  await client.initialize();
  const running = client.call("lab-hold", { port: holds.port });
  const connection = await holds.next();
  client.child.kill("SIGTERM");
  // The refusal shows that the signal has arrived.
  let refused: Message;
  do refused = await client.answer(client.call("lab-echo", { text: "too late" }));
  while (refused.result?.isError !== true);
  assert.match(refused.result.content[0]?.text ?? "", /^ENGINE_CLOSED: /);
  connection.destroy();
  assert.equal((await client.answer(running)).result?.content[0]?.text, "let go: true");
  assert.equal(await client.exit, 0);
});

test("a signal ends calls that do not finish in time, and their clients get to know it", async t => {
  const holds = await listenForHolds(t);
  const client = new RawClient(t, ["--grace", "0"]);
  await client.initialize();
  const running = client.call("lab-hold", { port: holds.port });
  const connection = await holds.next();
  client.child.kill("SIGTERM");
  const { result } = await client.answer(running);
  assert.equal(result?.isError, true);
  assert.match(result?.content[0]?.text ?? "", /^LUA_ABORTED: /);
  await closed(connection);
  assert.equal(await client.exit, 0);
});
