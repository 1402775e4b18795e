// types/vulcan.lua says what there is, and nothing else: it is compared with the `vulcan` table of real VMs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CallOptions, Json } from "luaskills";
import { LuaVm } from "luaskills/vm";
import { HostBuilder } from "#dist/host/builder.js";
import type { GroupMember } from "#dist/vm/host-support.js";
import { bothEnabled } from "../databases/skills.js";
import { engineWith, manifest, repository, temporaryFolder } from "../skills/skill-tree.js";
import { readDefinitions } from "./definition-file.js";

const text = readFileSync(join(repository, "types", "vulcan.lua"), "utf8");
const definitions = readDefinitions(text);

/** A call in which every member of every view has a value. */
const context: NonNullable<CallOptions["context"]> = {
  requestContext: {
    requestId: "r-1",
    clientName: "client",
    transportName: "stdio",
    sessionId: "s-1",
    clientInfo: { kind: "cli", name: "client", version: "1.0.0" },
    clientCapabilities: { host_result: { enabled: true, allowed_kinds: ["x"], max_payload_bytes: 100 } },
  },
  clientBudget: { tool_result: { bytes: 1, lines: 1 } },
  toolConfig: { a: 1 },
};

/** Lines `path type` of every member below `vulcan`. */
const enumerate = `
  local lines = {}
  local function walk(path, members)
    for name, value in pairs(members) do
      lines[#lines + 1] = path .. "." .. name .. " " .. type(value)
      if type(value) == "table" then walk(path .. "." .. name, value) end
    end
  end
  walk("vulcan", vulcan)
  return table.concat(lines, "\\n")`;

/** Members by their paths, with their Lua types. */
type Members = Map<string, string>;

function parseMembers(...listings: string[]): Members {
  const lines = listings.flatMap(listing => listing.match(/^vulcan\.\S+ [a-z]+$/gm) ?? []);
  return new Map(lines.map(line => line.split(" ") as [string, string]));
}

/** What VMs of every profile have. Strict VMs are allowed everything. */
async function enumerateProfiles(t: TestContext): Promise<Record<string, Members>> {
  const { engine } = await engineWith(
    t,
    { lister: `return function() ${enumerate} end` },
    { runtimeRoot: temporaryFolder(t) },
  );
  const allow = [...definitions.tables].map(path => path.slice("vulcan.".length)).filter(path => path !== "");
  const lease = await engine.leases.create({ sid: "definitions" });
  return {
    skill: parseMembers((await engine.call("lister-run", {}, { context })).content),
    exec: parseMembers(await engine.execLua({ code: enumerate, callerToolName: "someone" })),
    lease: parseMembers(String(await lease.eval(enumerate))),
    strict: parseMembers(
      await engine.execLua({ code: enumerate, sandbox: "strict", allow: [...allow, "call"] }),
    ),
  };
}

/** Everything the file defines: functions, tables, and fields of the classes of tables. */
function definedMembers(): Set<string> {
  const members = new Set([...definitions.tables, ...definitions.functions.keys()]);
  for (const table of definitions.tables) {
    for (const field of definitions.classes.get(table)?.fields.keys() ?? []) members.add(`${table}.${field}`);
  }
  members.delete("vulcan");
  return new Set([...members].filter(path => path.startsWith("vulcan.")));
}

/** True for what is inside a value, such as `vulcan.context.request.session_id`. */
function isInsideValue(path: string): boolean {
  const parent = path.slice(0, path.lastIndexOf("."));
  return parent !== "vulcan" && !definitions.tables.has(parent);
}

test("the definition file is Lua, and each of its annotations is understood", () => {
  using vm = new LuaVm();
  vm.check(text, "@types/vulcan.lua");
  assert.deepEqual(definitions.problems, []);
});

test("every member of vulcan on every VM is defined, and every defined member is on some VM", async t => {
  const profiles = await enumerateProfiles(t);
  const defined = definedMembers();
  const found = new Set<string>();
  for (const [profile, members] of Object.entries(profiles)) {
    for (const path of members.keys()) {
      if (isInsideValue(path)) continue;
      assert.ok(defined.has(path), `${profile}: ${path} is not in types/vulcan.lua`);
      found.add(path);
    }
  }
  assert.deepEqual(
    [...defined].filter(path => !found.has(path)),
    [],
    "types/vulcan.lua defines what no VM has",
  );
});

test("members are functions, tables and values as they are defined", async t => {
  for (const [profile, members] of Object.entries(await enumerateProfiles(t))) {
    for (const [path, type] of members) {
      if (isInsideValue(path)) continue;
      const expected = definitions.functions.has(path) ? "function" : definitions.tables.has(path) && "table";
      if (expected) assert.equal(type, expected, `${profile}: ${path}`);
      else assert.notEqual(type, "function", `${profile}: ${path}`);
    }
  }
});

test("a member that is not on every VM of a skill is an optional field", async t => {
  const { engine } = await engineWith(t, {});
  const bare = parseMembers(String(await engine.runLua(enumerate)));
  for (const path of definedMembers()) {
    const [, table = "", name = ""] = /^(.*)\.(\w+)$/.exec(path) ?? [];
    const field = definitions.classes.get(table)?.fields.get(name);
    assert.ok(bare.has(path) || field?.optional, `${path} is not there without a skill, and not optional`);
  }
});

test("views have exactly the members that the code declares for them", async t => {
  const view = t.mock.method(HostBuilder.prototype, "view");
  await enumerateProfiles(t);
  const declared = new Map(view.mock.calls.map(call => [call.arguments[0], call.arguments[1]]));
  assert.notEqual(declared.size, 0);
  for (const [path, keys] of declared) {
    const fields = [...(definitions.classes.get(path)?.fields.keys() ?? [])];
    assert.deepEqual(fields.sort(), [...keys].sort(), path);
  }
});

/** Have both forms, but what they do is over at once. */
const immediate = new Set(["vulcan.fs.rename", "vulcan.fs.mkdir", "vulcan.fs.stat"]);

test("functions that may wait say so, and no other says it", async t => {
  const functions = t.mock.method(HostBuilder.prototype, "functions");
  await enumerateProfiles(t);
  assert.notEqual(functions.mock.calls.length, 0);
  for (const { arguments: args, this: builder } of functions.mock.calls) {
    const [{ path: table }, make] = args;
    if (!table.startsWith("vulcan.")) continue;
    const members: Record<string, GroupMember> = make((builder as HostBuilder).host);
    for (const [name, member] of Object.entries(members)) {
      const path = `${table}.${name}`;
      const says = /\bwaits?\b/i.test(definitions.functions.get(path)?.description ?? "");
      const waits = typeof member === "object" && !immediate.has(path);
      const inItsTable = /\bwaits?\b/i.test(definitionText(table));
      assert.ok(says === waits || (waits && inItsTable), `${path}: waits ${waits}, says ${says}`);
    }
  }
});

/** The comment in front of the class of a table. */
function definitionText(table: string): string {
  return new RegExp(`((?:^---[^@].*\\n)*)^---@class ${table}$`, "m").exec(text)?.[1] ?? "";
}

/** Functions and their first parameter; what is passed is a table, or a number where a table is right. */
const firstParameters = [...definitions.functions.values()]
  .filter(({ path }) => path.startsWith("vulcan.") && !path.startsWith("vulcan.runtime.skills."))
  .flatMap(({ path, parameters: [first] }) => (first === undefined ? [] : [[path, first] as const]))
  // Anything can be put into the cache and encoded, and asking for a model that cannot be is no mistake.
  .filter(([path]) => !["vulcan.json.encode", "vulcan.cache.put", "vulcan.models.has"].includes(path));

test("errors name the first parameter as it is defined", async t => {
  const { engine } = await engineWith(t, {
    caller: {
      "skill.yaml": manifest(["run"], bothEnabled),
      "runtime/run.lua": `return function(args)
        local fn = vulcan
        for name in args.path:gmatch("[^.]+") do fn = fn[name] end
        local ok, answer = pcall(fn, unpack(args.values))
        return ok and answer.error.message or answer
      end`,
    },
  });
  for (const [path, { name, type }] of firstParameters) {
    const wrong = /table|Spec|Input|^vulcan\./.test(type) ? 12 : {};
    const values = path.endsWith("call") ? [wrong, {}] : [wrong];
    const args = { path: path.slice("vulcan.".length), values };
    const { content } = await engine.call("caller-run", args as Json);
    const parameter = name === "..." ? "path segment 1" : name;
    const named = new RegExp(`: (expected|.*\\b${parameter}\\b)`);
    assert.match(content, named, path);
  }
});

test("the standard functions that the file describes exist", async t => {
  const { engine } = await engineWith(t, {});
  const standard = [...definitions.functions.keys()].filter(path => !/^vulcan\.|:/.test(path));
  assert.deepEqual(standard, ["print", "io.popen", "os.execute", "os.exit"]);
  for (const path of standard) assert.equal(await engine.runLua(`return type(${path})`), "function", path);
});
