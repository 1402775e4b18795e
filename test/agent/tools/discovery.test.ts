// Finding hidden tools.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type DiscoveryOptions, discoveryTools, functionTools } from "luaskills/agent";
import { startLab } from "../lab.js";
import { calls, textsOf } from "../model-server.js";

const hidden = (description: string) => ({ description, hidden: true, run: () => description });

function tools(options?: DiscoveryOptions) {
  return [
    functionTools({
      core: { description: "weather of the core", run: () => "core" },
      forecast: hidden("weather of tomorrow"),
      barometer: hidden("weather pressure"),
      translate: hidden("words into other languages"),
    }),
    discoveryTools(options),
  ];
}

const found = (text: string | undefined) =>
  (JSON.parse(text ?? "[]") as { name: string }[]).map(({ name }) => name);

test("T27: words find hidden tools, never core ones, and what is found can be called next", async t => {
  const { say, server } = await startLab(
    t,
    [calls(["tool_search_tool_bm25", { query: "Weather tomorrow" }]), calls(["forecast"]), "rain"],
    { tools: tools() },
  );
  assert.equal((await say("go")).text, "rain");
  assert.deepEqual(found(textsOf(await server.request(2), "tool")[0]), ["forecast", "barometer"]);
  const shown = (await server.request(2)).body.tools?.map(tool => tool.function.name);
  assert.deepEqual(shown, [
    "barometer",
    "core",
    "forecast",
    "tool_search_tool_bm25",
    "tool_search_tool_regex",
  ]);
  assert.equal(textsOf(await server.request(3), "tool")[1], "weather of tomorrow");
});

test("T27: a pattern finds hidden tools whatever the case, up to the limit", async t => {
  const { say, server } = await startLab(
    t,
    [calls(["tool_search_tool_regex", { pattern: "^.*WEATHER" }]), "done"],
    {
      tools: tools({ maxResults: 1 }),
    },
  );
  await say("go");
  assert.deepEqual(found(textsOf(await server.request(2), "tool")[0]), ["barometer"]);
});

test("T27: patterns that are too long, broken, empty or endless are refused", async t => {
  const search = (pattern: string): [string, object] => ["tool_search_tool_regex", { pattern }];
  const endless = `(${"([a-z ]+)+".repeat(3)})+\\d$`;
  const { say, server } = await startLab(
    t,
    [
      calls(search("x".repeat(201)), search("("), search(" "), search(endless), [
        "tool_search_tool_bm25",
        { query: "" },
      ]),
      "done",
    ],
    { tools: tools() },
  );
  await say("go");
  const [long, broken, empty, slow, noQuery] = textsOf(await server.request(2), "tool");
  assert.match(long ?? "", /201 characters, 200 is the limit/);
  assert.match(broken ?? "", /is no regular expression/);
  assert.match(empty ?? "", /the pattern is empty/);
  assert.match(slow ?? "", /takes longer than 200 ms/);
  assert.match(noQuery ?? "", /the query is empty/);
});

test("T27: what was found is visible for so many batches, also in the session's next turn, and nowhere else", async t => {
  const { say, server } = await startLab(
    t,
    [
      calls(["tool_search_tool_bm25", { query: "tomorrow" }]),
      "found",
      "second",
      "elsewhere",
      calls(["core"]),
      "done",
      "last",
    ],
    { tools: tools({ rounds: 2 }) },
  );
  await say("go");
  await say("again");
  await say("hello", "other");
  await say("call");
  await say("end");
  const shows = async (n: number) =>
    (await server.request(n)).body.tools?.some(tool => tool.function.name === "forecast");
  assert.deepEqual(
    [
      await shows(1),
      await shows(2),
      await shows(3),
      await shows(4),
      await shows(5),
      await shows(6),
      await shows(7),
    ],
    [false, true, true, false, true, false, false],
  );
});

test("T27: no limit of results is no limit", () => {
  assert.throws(() => discoveryTools({ maxResults: 0 }), /maxResults must be a positive integer, got 0/);
});
