// What tools have for the user: text, media, and results that need no further word of the model.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryMediaStore, type OutboundMedia } from "luaskills/agent";
import { gate, outline, startLab } from "./lab.js";
import { calls, textsOf } from "./model-server.js";

async function pictures() {
  const media = new MemoryMediaStore();
  const ref = media.put({
    data: Buffer.from("png"),
    contentType: "image/png",
    filename: "cat.png",
    path: "/pictures/cat.png",
  });
  return { media, ref };
}

test("T15: media of a hook that cannot be delivered make its answer an error", async t => {
  const { media, ref } = await pictures();
  const { say, record, server } = await startLab(t, [calls(["draw"]), "sorry"], {
    media,
    functions: { draw: () => assert.fail() },
    output: {
      sendMedia: async () => {
        throw new Error("offline");
      },
    },
    hooks: [
      {
        name: "draws",
        beforeTool: () => ({ action: "respond", result: { forModel: "drawn", media: [ref], handled: true } }),
      },
    ],
  });
  await say("a cat");
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["failed to deliver attachment: offline"]);
  assert.equal(record.payloads("agent.tool.exec_end")[0]?.isError, true);
});

test("T15: without a channel media are queued, which is not handled, and the model is asked again", async t => {
  const { media, ref } = await pictures();
  const queued: OutboundMedia[] = [];
  const { loop, server } = await startLab(t, [calls(["draw"]), "here it is"], {
    media,
    functions: { draw: () => assert.fail() },
    output: { queueMedia: message => void queued.push(message) },
    hooks: [
      {
        name: "draws",
        beforeTool: () => ({ action: "respond", result: { forModel: "drawn", media: [ref], handled: true } }),
      },
    ],
  });
  const outcome = await loop.run({
    sessionKey: "s",
    text: "a cat",
    channel: "web",
    chatId: "c",
    scope: { topic: "pets" },
  });
  assert.equal(outcome.text, "here it is");
  const [message] = queued;
  assert.deepEqual(
    { ...message, turnId: "" },
    {
      agentId: "main",
      sessionKey: "s",
      turnId: "",
      channel: "web",
      chatId: "c",
      scope: { topic: "pets" },
      parts: [{ ref, contentType: "image/png", type: "image", filename: "cat.png" }],
    },
  );
  assert.match(textsOf(await server.request(2), "tool")[0] ?? "", /\[image:\/pictures\/cat\.png\]/);
});

test("T20: a handled tool with media needs one model call; its media are sent once; the last message is the summary", async t => {
  const { media, ref } = await pictures();
  const { say, server, sent, history } = await startLab(t, [calls(["draw"])], {
    media,
    functions: { draw: () => ({ forModel: "drawn", media: [ref], handled: true }) },
  });
  const outcome = await say("a cat");
  assert.deepEqual([outcome.status, outcome.text], ["completed", ""]);
  assert.equal(server.requests.length, 1);
  assert.deepEqual(
    sent.map(({ parts }) => parts.map(part => part.ref)),
    [[ref]],
  );
  assert.deepEqual((await history()).at(-1), {
    role: "assistant",
    content: "Requested output delivered via tool attachment.",
    attachments: [ref],
  });
});

test("T21: steering that came meanwhile is answered although the tool was handled", async t => {
  const { loop, say, server } = await startLab(t, [calls(["show"]), "and here is more"], {
    functions: {
      show: () => {
        loop.steer("s", "more");
        return { forModel: "shown", forUser: "look", handled: true };
      },
    },
  });
  assert.equal((await say("go")).text, "and here is more");
  assert.equal(server.requests.length, 2);
});

test("T22: handled text goes to the user even where other tool output is not wanted", async t => {
  const { loop, texts } = await startLab(t, [calls(["plain"], ["handled"]), "done"], {
    functions: {
      plain: () => ({ forModel: "1", forUser: "not this" }),
      handled: () => ({ forModel: "2", forUser: "but this", handled: true }),
    },
  });
  const { turnId } = await loop.run({
    sessionKey: "s",
    text: "go",
    channel: "web",
    chatId: "c",
    scope: { topic: "x" },
    sendToolOutput: false,
  });
  assert.deepEqual(texts, [
    {
      agentId: "main",
      sessionKey: "s",
      turnId,
      channel: "web",
      chatId: "c",
      scope: { topic: "x" },
      kind: "tool",
      content: "but this",
    },
  ]);
});

test("silent results keep their text for the user back", async t => {
  const { say, texts } = await startLab(t, [calls(["loud"], ["silent"]), "done"], {
    functions: {
      loud: () => ({ forModel: "1", forUser: "heard" }),
      silent: () => ({ forModel: "2", forUser: "unheard", silent: true }),
    },
  });
  await say("go");
  assert.deepEqual(
    texts.map(({ content }) => content),
    ["heard"],
  );
});

test("T23: an asynchronous tool answers at once, and its report starts a turn in the session it came from", async t => {
  const finish = gate();
  const { loop, record, textsSent, history } = await startLab(
    t,
    [calls(["build"]), "started", "it is built"],
    {
      functions: {
        build: {
          async: true,
          run: (_args, { complete }) => {
            void finish.opened.then(() => {
              complete?.({ forModel: "built", forUser: "ready" });
              complete?.("twice");
            });
            return { forModel: "building", async: true };
          },
        },
      },
    },
  );
  const outcome = await loop.run({ sessionKey: "s", text: "go" });
  assert.equal(outcome.text, "started");
  assert.equal(record.payloads("agent.tool.exec_end")[0]?.async, true);
  finish.open();
  const queued = await record.next("agent.follow_up.queued");
  assert.deepEqual(queued.payload, { sourceTool: "build", contentLen: 5 });
  assert.deepEqual([queued.sessionKey, queued.turnId], ["s", outcome.turnId]);
  await record.next("agent.turn.end", 2);
  assert.deepEqual(outline(await history()).slice(-2), [
    "user: [System: async:build] built",
    "assistant: it is built",
  ]);
  assert.deepEqual(
    (await textsSent(2)).map(({ kind, content }) => [kind, content]),
    [
      ["tool", "ready"],
      ["reply", "it is built"],
    ],
  );
  assert.equal(record.of("agent.follow_up.queued").length, 1);
});

test("secrets of the host reach no model through a tool", async t => {
  const { say, server } = await startLab(t, [calls(["read"]), "done"], {
    secrets: ["hunter2hunter2", "short"],
    functions: { read: () => "the password is hunter2hunter2, in short" },
  });
  await say("go");
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["the password is [FILTERED], in short"]);
});

test("an output that fails is an event, and fails no turn", async t => {
  const { say, record } = await startLab(t, [calls(["loud"]), "done"], {
    functions: { loud: () => ({ forModel: "1", forUser: "heard" }) },
    output: {
      text: () => {
        throw new Error("no terminal");
      },
    },
  });
  assert.equal((await say("go")).text, "done");
  assert.deepEqual(record.payloads("agent.error"), [{ stage: "output", message: "no terminal" }]);
});

test("pictures of a user reach the model, and the history keeps the reference", async t => {
  const { media, ref } = await pictures();
  const { loop, server, history } = await startLab(t, ["a cat"], { media });
  await loop.run({ sessionKey: "s", text: "what is this?", media: [ref] });
  const [message] = (await server.request(1)).body.messages;
  assert.ok(Array.isArray(message?.content));
  assert.deepEqual(
    message.content.map(({ type }) => type),
    ["text", "image_url"],
  );
  assert.deepEqual((await history())[0], { role: "user", content: "what is this?", media: [ref] });
});
