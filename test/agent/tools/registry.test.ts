// Which tools there are, who may call them, and what comes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { functionTools, MemoryMediaStore, type ToolDescription, type ToolSource } from "luaskills/agent";
import { ToolCatalog } from "#dist/agent/tools/catalog.js";
import { ToolRegistry } from "#dist/agent/tools/registry.js";
import { startLab } from "../lab.js";
import { calls, textsOf } from "../model-server.js";

async function catalogOf(tools: Record<string, Partial<ToolDescription>>, warnings: string[] = []) {
  const functions = Object.entries(tools).map(([name, tool]) => [name, { ...tool, run: () => name }]);
  const catalog = new ToolCatalog([functionTools(Object.fromEntries(functions))], text =>
    warnings.push(text),
  );
  await catalog.refresh();
  return catalog;
}

const names = (registry: ToolRegistry) => registry.definitions().map(({ name }) => name);

test("T26: a later tool of the same name takes the place of the earlier, with a warning", async () => {
  const warnings: string[] = [];
  const source = (description: string) => functionTools({ same: { description, run: () => "" } });
  const catalog = new ToolCatalog([source("first"), source("second")], text => warnings.push(text));
  await catalog.refresh();
  assert.equal(new ToolRegistry(catalog).get("same")?.description, "second");
  assert.deepEqual(warnings, ['tools: "same" is there twice; the later one is used']);
});

test("T26: definitions come in order of name, and hidden tools are not among them", async () => {
  const registry = new ToolRegistry(await catalogOf({ b: {}, a: {}, z: { hidden: true } }));
  assert.deepEqual(names(registry), ["a", "b"]);
  assert.equal(registry.hasRegistered("z"), true);
  assert.equal(registry.get("z"), undefined);
});

test("T26: an allow-list knows no case and no blanks; an empty one allows nothing", async () => {
  const catalog = await catalogOf({ One: {}, two: {}, search: { discovers: true } });
  assert.deepEqual(names(new ToolRegistry(catalog, [" ONE "])), ["One", "search"]);
  assert.deepEqual(names(new ToolRegistry(catalog, [])), ["search"]);
});

test("T26: a promoted tool is visible for so many rounds, then hidden again; core tools always are", async () => {
  const registry = new ToolRegistry(await catalogOf({ core: {}, hidden: { hidden: true } }));
  registry.promote(["hidden", "core", "unknown"], 3);
  const seen: number[] = [];
  for (let round = 0; round < 4; round++) {
    seen.push(names(registry).length);
    assert.notEqual(registry.get("core"), undefined);
    registry.tick();
  }
  assert.deepEqual(seen, [2, 2, 2, 1]);
  assert.equal(registry.roundsLeft("hidden"), 0);
});

test("T26: a clone begins with what is promoted, and goes its own way", async () => {
  const registry = new ToolRegistry(await catalogOf({ a: { hidden: true }, b: { hidden: true } }));
  registry.promote(["a"], 2);
  const clone = registry.clone();
  clone.promote(["b"], 1);
  registry.tick();
  registry.tick();
  assert.deepEqual([names(registry), names(clone)], [[], ["a", "b"]]);
});

test("T26: a clone allows no more than what it was made from", async () => {
  const registry = new ToolRegistry(await catalogOf({ a: {}, b: {}, c: {} }), ["a", "b"]);
  assert.deepEqual(names(registry.clone(["b", "c"])), ["b"]);
});

test("T26: unknown tools, failures, missing results and wrong arguments are told to the model", async t => {
  const { say, server, record } = await startLab(
    t,
    [
      calls(
        ["unknown"],
        ["throws"],
        ["nothing"],
        ["strict", { count: "many", color: "pink", deep: { extra: 1 }, more: true }],
      ),
      "done",
    ],
    {
      functions: {
        throws: () => {
          throw Object.assign(new Error("boom"), { code: "E_BOOM" });
        },
        nothing: () => undefined as unknown as string,
        strict: {
          inputSchema: {
            type: "object",
            properties: {
              count: { type: "integer" },
              color: { enum: ["red", "blue"] },
              deep: { type: "object", properties: { known: { type: "string" } } },
              needed: { type: "string" },
            },
            required: ["needed"],
          },
          run: () => assert.fail(),
        },
      },
    },
  );
  await say("go");
  const [unknown, throws, nothing, strict = ""] = textsOf(await server.request(2), "tool");
  assert.equal(unknown, 'tool "unknown" not found');
  assert.equal(throws, 'tool "throws" failed: boom');
  assert.equal(nothing, 'tool "nothing" returned nothing instead of a result');
  assert.match(strict, /^invalid arguments for tool "strict": /);
  for (const problem of [
    "needed is missing",
    "count must be integer",
    "color must be one of",
    "deep.extra is not known",
    "more is not known",
  ]) {
    assert.ok(strict.includes(problem), `${strict} names ${problem}`);
  }
  assert.deepEqual(
    record.payloads("agent.tool.exec_end").map(({ errorCode }) => errorCode),
    ["TOOL_NOT_FOUND", "E_BOOM", "TOOL_RESULT", "TOOL_ARGUMENTS"],
  );
});

test("T26: arguments that a schema leaves open are taken", async t => {
  const { say, server } = await startLab(t, [calls(["open", { a: 1 }], ["free", { b: 2 }]), "done"], {
    functions: {
      open: {
        inputSchema: { type: "object", properties: {}, additionalProperties: true },
        run: args => JSON.stringify(args),
      },
      free: { inputSchema: { type: "object" }, run: args => JSON.stringify(args) },
    },
  });
  await say("go");
  assert.deepEqual(textsOf(await server.request(2), "tool"), ['{"a":1}', '{"b":2}']);
});

test("T26: bytes in a result become media, or a note", async t => {
  const media = new MemoryMediaStore();
  const png = Buffer.from("a picture of a cat").toString("base64");
  const { say, server } = await startLab(t, [calls(["draw"], ["dump"]), "done"], {
    media,
    functions: {
      draw: () => `look: data:image/png;base64,${png} nice?`,
      dump: () => Buffer.alloc(3_000, 7).toString("base64"),
    },
  });
  await say("go");
  const [draw, dump] = textsOf(await server.request(2), "tool");
  assert.match(draw ?? "", /^look: \[image\/png attached as media:\/\/1\] nice\?/);
  assert.equal(dump, "[4000 characters of base64-like data omitted]");
  assert.equal(Buffer.from(media.get("media://1")?.data ?? []).toString(), "a picture of a cat");
});

test("tools that a source has changed are there in the next turn", async t => {
  let version = 1;
  const source: ToolSource = {
    get version() {
      return version;
    },
    list: () => [{ name: `tool${version}`, description: "", inputSchema: { type: "object" } }],
    call: async name => name,
  };
  const { say, server } = await startLab(t, ["one", "two"], { tools: [source] });
  await say("go");
  version = 2;
  await say("go");
  const shown = async (n: number) => (await server.request(n)).body.tools?.map(tool => tool.function.name);
  assert.deepEqual([await shown(1), await shown(2)], [["tool1"], ["tool2"]]);
});

test("a source that cannot be listed any more keeps its tools; one that never could fails the turn", async t => {
  let version = 1;
  const source: ToolSource = {
    get version() {
      return version;
    },
    list: () => {
      if (version > 1) throw new Error("the server is away");
      return [{ name: "tool", description: "", inputSchema: { type: "object" } }];
    },
    call: async name => name,
  };
  const { say, server, record } = await startLab(t, ["one", "two"], { tools: [source] });
  await say("go");
  version = 2;
  assert.equal((await say("go")).text, "two");
  assert.deepEqual(
    (await server.request(2)).body.tools?.map(tool => tool.function.name),
    ["tool"],
  );
  assert.match(
    record.payloads("agent.error")[0]?.message ?? "",
    /the server is away; its 1 tools of before stay/,
  );

  version = 3;
  const other = await startLab(t, [], { tools: [source] });
  const outcome = await other.say("go");
  assert.equal(outcome.status, "error");
  assert.match(outcome.error ?? "", /source 1 cannot be listed: the server is away/);
});

test("functions of the wrong shape are refused by name", () => {
  assert.throws(() => functionTools({ odd: 1 as never }), /"odd" must be a function or an object/);
  assert.throws(() => functionTools(null as never), /must be an object of tools by name/);
});

test("a hook that brings a tool up for one call takes no rounds from it", async () => {
  const registry = new ToolRegistry(await catalogOf({ hidden: { hidden: true } }));
  registry.promote(["hidden"], 5);
  registry.promote(["hidden"], 1);
  assert.equal(registry.roundsLeft("hidden"), 5);
});
