// A studio over skills in a temporary folder, and a client that says exactly what it is told to.

import assert from "node:assert/strict";
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import type { SkillEngine } from "luaskills";
import { Studio, type StudioOptions } from "#dist/studio/studio.js";
import type { StudioEvents } from "#dist/studio/wire.js";
import {
  createEngine,
  type Scope,
  type SkillFiles,
  temporaryFolder,
  writeSkills,
} from "../skills/skill-tree.js";

export interface TestStudio {
  studio: Studio;
  engine: SkillEngine;
  /** Folder of the skills. */
  root: string;
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** `127.0.0.1:<port>` */
  host: string;
  token: string;
}

/** Both are closed when the test is over. */
export async function startStudio(
  t: Scope,
  skills: Record<string, SkillFiles>,
  options: Partial<StudioOptions> = {},
): Promise<TestStudio> {
  const root = temporaryFolder(t);
  writeSkills(root, skills);
  const engine = await createEngine(t, { validateArguments: true });
  const report = await engine.load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report.failed, []);
  const context = {
    requestContext: { transportName: "studio", clientCapabilities: { host_result: { enabled: true } } },
  };
  const settings = { report, version: "0.1.0", address: "127.0.0.1", port: 0, context, ...options } as const;
  const studio = await Studio.start(engine, settings);
  t.after(() => studio.close());
  const { origin, host, searchParams } = new URL(studio.url);
  return { studio, engine, root, origin, host, token: searchParams.get("token") ?? "" };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

interface Ask {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
}

/** Sends a request as it is, with no header of its own beside Host. */
export function ask(
  origin: string,
  path: string,
  { method = "GET", headers = {}, body }: Ask = {},
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const sent = request({ host, port, path, method, headers, agent: false }, async answer => {
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
    });
    sent.on("error", reject).end(body);
  });
}

/** What the page does: has the session, and says where it comes from. */
export class Session {
  readonly #origin: string;
  readonly cookie: string;

  private constructor(origin: string, cookie: string) {
    this.#origin = origin;
    this.cookie = cookie;
  }

  static async open({ origin, token }: Pick<TestStudio, "origin" | "token">): Promise<Session> {
    const { headers } = await ask(origin, `/?token=${token}`);
    const [cookie = ""] = (headers["set-cookie"]?.[0] ?? "").split(";");
    assert.notEqual(cookie, "");
    return new Session(origin, cookie);
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const type = body === undefined ? {} : { "Content-Type": "application/json" };
    const headers = { Cookie: this.cookie, Origin: this.#origin, ...type };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return ask(this.#origin, path, { method, headers, ...text });
  }

  /** The JSON of an answer that must have this status. */
  async json<Value>(status: number, method: string, path: string, body?: unknown): Promise<Value> {
    const answer = await this.ask(method, path, body);
    assert.equal(answer.status, status, answer.text.slice(0, 500));
    return JSON.parse(answer.text) as Value;
  }

  /** Listens to events; ends with the test. */
  async listen(t: Scope): Promise<Listener> {
    const { hostname, port } = new URL(this.#origin);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { Cookie: this.cookie };
      const sent = request({ host: hostname, port, path: "/api/events", headers, agent: false }, resolve);
      sent.on("error", reject).end();
    });
    assert.equal(response.statusCode, 200);
    t.after(() => response.destroy());
    return new Listener(response);
  }
}

export type StudioEvent = {
  [Name in keyof StudioEvents]: { name: Name; payload: StudioEvents[Name] };
}[keyof StudioEvents];

/** The events of one connection. */
export class Listener {
  readonly #events: StudioEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #text = "";
  /** When the connection has ended. */
  readonly ended: Promise<void>;

  constructor(response: IncomingMessage) {
    response.setEncoding("utf8").on("data", (chunk: string) => this.#read(chunk));
    this.ended = new Promise(resolve => response.on("close", resolve).on("error", () => {}));
  }

  /** The first event of this name, of those that came and those that will come, that is as wanted. */
  async event<Name extends keyof StudioEvents>(
    name: Name,
    isWanted: (payload: StudioEvents[Name]) => boolean = () => true,
  ): Promise<StudioEvents[Name]> {
    for (;;) {
      for (const event of this.#events) {
        if (event.name === name && isWanted(event.payload as StudioEvents[Name])) {
          return event.payload as StudioEvents[Name];
        }
      }
      await new Promise<void>(resolve => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  get events(): readonly StudioEvent[] {
    return this.#events;
  }

  #read(chunk: string): void {
    const blocks = (this.#text + chunk).split("\n\n");
    this.#text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (name === undefined || data === undefined) continue;
      this.#events.push({ name, payload: JSON.parse(data) } as StudioEvent);
    }
    for (const wake of this.#waiting) wake();
  }
}
