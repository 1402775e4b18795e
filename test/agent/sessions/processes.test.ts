// Sessions of several processes, and of processes that are killed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Message, SqliteSessionStore } from "luaskills/agent";
import { repository, temporaryFolder } from "../../skills/skill-tree.js";
import {
  calls,
  type RecordedRequest,
  type ScriptedAnswer,
  startModelServer,
  textsOf,
} from "../model-server.js";

const rounds = 50;
const program = join(repository, "test/fixtures/agent/turns.mjs");

/** Calls a tool, then answers; or summarizes. */
function answer(request: RecordedRequest): ScriptedAnswer {
  if (request.body.tools === undefined) return "what was said";
  const turn = Number(/\d+$/.exec(textsOf(request, "user").at(-1) ?? "")?.[0]);
  return request.body.messages.at(-1)?.role === "tool" ? `answer ${turn}` : calls(["look", { turn }]);
}

/** The turns in a history, every one of them whole. */
function turnsIn(messages: readonly Message[]): number[] {
  assert.equal(messages.length % 4, 0, JSON.stringify(messages));
  return messages.flatMap((message, at) => {
    if (at % 4 !== 0) return [];
    const turn = Number(message.content.slice("turn ".length));
    const [user, asked, result, answered] = messages.slice(at, at + 4);
    assert.deepEqual(user, { role: "user", content: `turn ${turn}` });
    assert.ok(asked?.role === "assistant" && result?.role === "tool" && answered?.role === "assistant");
    assert.deepEqual(
      asked.toolCalls?.map(call => call.id),
      [result.toolCallId],
    );
    assert.equal(result.content, `seen ${turn}`);
    assert.equal(answered.content, `answer ${turn}`);
    return [turn];
  });
}

test(`after kill -9 in the middle of turns, ${rounds} times, the session is as before or after the turn`, async t => {
  const file = join(temporaryFolder(t), "sessions.sqlite3");
  let arrived = () => {};
  const server = await startModelServer(t, request => {
    arrived();
    return answer(request);
  });
  let last = -1;
  let summaries = 0;
  for (let round = 0; round < rounds; round++) {
    const args = [program, file, JSON.stringify(server.endpoint), "s", String(last + 1)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], cwd: repository });
    const exit = once(child, "exit");
    const closed = once(child, "close");
    const done: number[] = [];
    createInterface({ input: child.stdout }).on("line", line => done.push(Number(line)));
    // Some requests after the start, and from there on at any moment of what follows.
    let left = 1 + (round % 7);
    await Promise.race([
      exit,
      new Promise<void>(resolve => {
        arrived = () => {
          if (--left === 0) resolve();
        };
      }),
    ]);
    await sleep((round * 5) % 23);
    child.kill("SIGKILL");
    const [code, signal] = await exit;
    assert.deepEqual([code, signal], [null, "SIGKILL"]);
    await closed;

    const store = await SqliteSessionStore.open(file);
    const { summary, messages } = await store.read("s");
    await store.close();
    const turns = turnsIn(messages);
    const newest = turns.at(-1) ?? -1;
    const first = turns[0] ?? 0;
    assert.deepEqual(
      turns,
      turns.map((_, at) => first + at),
      "turns in order, none missing",
    );
    assert.ok(newest >= (done.at(-1) ?? last), `round ${round}: turn ${done.at(-1)} was done and is lost`);
    assert.ok(newest <= (done.at(-1) ?? last) + 1, `round ${round}: turn ${newest} was never begun`);
    assert.equal(summary !== "", first > 0, "what was dropped is in the summary");
    if (summary !== "") summaries++;
    last = newest;
  }
  assert.ok(last > 0 && summaries > 0, `${last} turns, ${summaries} summaries`);
});

test("three processes take turns in one session, and every turn stays whole", async t => {
  const file = join(temporaryFolder(t), "sessions.sqlite3");
  const server = await startModelServer(t, answer);
  const turns = 6;
  const writers = [100, 200, 300].map(first => {
    const args = [program, file, JSON.stringify(server.endpoint), "s", String(first), String(turns)];
    return once(
      spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"], cwd: repository }),
      "exit",
    );
  });
  for (const exit of writers) assert.deepEqual(await exit, [0, null]);
  await using store = await SqliteSessionStore.open(file);
  const { messages } = await store.read("s");
  const kept = turnsIn(messages);
  assert.equal(new Set(kept).size, kept.length);
  const [listing] = await store.listings();
  assert.equal(listing?.turns, 3 * turns);
});
