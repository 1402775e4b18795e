// The classes of types/vulcan.lua are the tables that functions return and take.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CallOptions, Json } from "luaskills";
import { engineWith, repository, temporaryFolder } from "../skills/skill-tree.js";
import { readDefinitions } from "./definition-file.js";

const definitions = readDefinitions(readFileSync(join(repository, "types", "vulcan.lua"), "utf8"));

const context: NonNullable<CallOptions["context"]> = {
  requestContext: {
    requestId: "r-1",
    clientName: "client",
    transportName: "stdio",
    sessionId: "s-1",
    clientInfo: { kind: "cli", name: "client", version: "1.0.0" },
    clientCapabilities: { host_result: { enabled: true, allowed_kinds: ["x"], max_payload_bytes: 100 } },
  },
};

async function engineForShapes(t: TestContext) {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file.txt"), "text");
  const { engine } = await engineWith(
    t,
    {
      shapes: `return function(args)
        local chunk = assert(loadstring("local args = ... " .. args.code, "=code"))
        local ok, value = pcall(chunk, args)
        return vulcan.json.encode({ ok = ok, value = ok and value or tostring(value) })
      end`,
    },
    { capabilities: { skillManagement: true } },
  );
  engine.registerHostTool("tool", { description: "d", inputSchema: { type: "object" }, call: () => 1 });
  engine.setModels({
    embed: async text => {
      if (text !== "fail") return { vector: [1, 2], usage: { tokens: 1 } };
      const details = { code: "timeout", providerMessage: "m", providerCode: "c", providerStatus: 504 };
      throw Object.assign(new Error("too slow"), details);
    },
    llm: async () => ({ assistant: "a", usage: { tokens: 1 } }),
  });
  return async (code: string): Promise<{ ok: boolean; value: Json }> =>
    JSON.parse((await engine.call("shapes-run", { code, folder }, { context })).content);
}

/** Code that returns tables of a class: together they have every field of it, and each has what is not optional. */
const results: Record<string, string[]> = {
  "vulcan.fs.Stat": [
    "return vulcan.fs.stat(args.folder .. '/file.txt')",
    "return vulcan.fs.stat(args.folder)",
  ],
  "vulcan.process.ExecResult": [
    "return vulcan.process.exec('exit 0')",
    "return vulcan.process.exec('exit 3')",
    "return vulcan.process.exec({ program = 'no-such-program-here' })",
    String.raw`return vulcan.process.exec([[printf '\377'; printf '\377' >&2]])`,
  ],
  "vulcan.process.Launchers": ["return vulcan.process.launchers()"],
  "vulcan.process.SessionOutput": ["", " >&2"].map(
    stream => String.raw`
      local spec = { program = "sh", args = { "-c", [[printf 'a\377b'${stream}]] } }
      return vulcan.process.session.open(spec):read({ until_text = "b", timeout_ms = 10000 })`,
  ),
  "vulcan.process.SessionStatus": [
    "return vulcan.process.session.open({ program = 'cat' }):status()",
    "return vulcan.process.session.open({ program = 'cat' }):close()",
  ],
  "vulcan.os.Info": ["return vulcan.os.info()"],
  "vulcan.runtime.skills.Status": ["return vulcan.runtime.skills.status()"],
  "vulcan.runtime.skills.Layers": ["return vulcan.runtime.skills.layers()"],
  "vulcan.runtime.skills.Layer": ["return vulcan.runtime.skills.layers().layers[1]"],
  "vulcan.context.Request": ["return vulcan.context.request"],
  "vulcan.context.ClientInfo": ["return vulcan.context.client_info"],
  "vulcan.context.HostResult": ["return vulcan.context.host_result"],
  "vulcan.host.Tool": ["return vulcan.host.list()[1]"],
  "vulcan.host.Answer": ["return vulcan.host.call('tool', {})", "return vulcan.host.call('none', {})"],
  "vulcan.host.Failure": ["return vulcan.host.call('none', {}).error"],
  "vulcan.models.Status": ["return vulcan.models.status()"],
  "vulcan.models.Capabilities": ["return vulcan.models.status().capabilities"],
  "vulcan.models.EmbedAnswer": ["return vulcan.models.embed('a')", "return vulcan.models.embed('fail')"],
  "vulcan.models.LlmAnswer": ["return vulcan.models.llm('a', 'b')", "return vulcan.models.llm('', '')"],
  "vulcan.models.Failure": ["return vulcan.models.embed('fail').error"],
};

test("tables that functions return have the fields of their class", async t => {
  const run = await engineForShapes(t);
  for (const [name, codes] of Object.entries(results)) {
    const fields = definitions.classes.get(name)?.fields;
    assert.ok(fields, `${name} is not defined`);
    const seen = new Set<string>();
    for (const code of codes) {
      const { ok, value } = await run(code);
      assert.ok(ok && typeof value === "object" && value !== null, `${code}: ${value}`);
      for (const key of Object.keys(value)) {
        assert.ok(fields.has(key), `${name}: ${key} is not a field of it (${code})`);
        seen.add(key);
      }
      for (const [field, { optional }] of fields) {
        assert.ok(
          optional || Object.hasOwn(value, field),
          `${name}: no ${field}, and not optional (${code})`,
        );
      }
    }
    assert.deepEqual([...fields.keys()].filter(field => !seen.has(field)).sort(), [], name);
  }
});

/** Code that passes `options`, where every field of the class is refused when its value is of a wrong type. */
const options: Record<string, string> = {
  "vulcan.fs.RecursiveOptions": "return vulcan.fs.mkdir(args.folder, options)",
  "vulcan.fs.CopyOptions": "return vulcan.fs.copy(args.folder, args.folder .. '2', options)",
  "vulcan.json.EncodeOptions": "return vulcan.json.encode({}, options)",
  "vulcan.json.DecodeOptions": "return vulcan.json.decode('1', options)",
  "vulcan.process.ExecSpec": `
    if not options.program and not options.args then options.command = options.command or "true" end
    if options.args then options.program = "true" end
    return vulcan.process.exec(options)`,
  "vulcan.process.SessionSpec":
    "options.program = options.program or 'cat' return vulcan.process.session.open(options)",
  "vulcan.process.SessionReadOptions":
    "return vulcan.process.session.open({ program = 'cat' }):read(options)",
  "vulcan.process.SessionCloseOptions":
    "return vulcan.process.session.open({ program = 'cat' }):close(options)",
  "vulcan.runtime.lua.ExecInput": `
    if not options.file then options.code = options.code or "return 1" end
    return vulcan.runtime.lua.exec(options)`,
  "vulcan.io.TextOptions": "return vulcan.io.read_text(args.folder .. '/file.txt', options)",
  "vulcan.io.CommandOptions": "return vulcan.io.popen('true', 'r', options)",
};

/** Any value of them is right. */
const unchecked = new Set(["vulcan.runtime.lua.ExecInput.args"]);

test("functions read every field of the options that are defined for them", async t => {
  const run = await engineForShapes(t);
  for (const [name, code] of Object.entries(options)) {
    const fields = [...(definitions.classes.get(name)?.fields.keys() ?? [])];
    assert.notEqual(fields.length, 0, `${name} is not defined`);
    for (const field of fields.filter(field => !unchecked.has(`${name}.${field}`))) {
      const answers = [];
      for (const wrong of ["'wrong'", "{ {} }"]) {
        const { ok, value } = await run(`local options = { ${field} = ${wrong} } ${code}`);
        if (!ok) answers.push(String(value));
      }
      assert.ok(
        answers.some(answer => new RegExp(`\\b${field}\\b`).test(answer)),
        `${name}: no error names ${field}: ${answers.join(" | ")}`,
      );
    }
  }
});

/** Code that returns a handle of a class. */
const handles: Record<string, string> = {
  "vulcan.process.Session": "vulcan.process.session.open({ program = 'cat' })",
  "vulcan.io.File": "vulcan.io.tmpfile()",
};

test("handles have the methods of their class", async t => {
  const run = await engineForShapes(t);
  for (const [name, code] of Object.entries(handles)) {
    const { value } = await run(`
      local names = {}
      for method in pairs(debug.getmetatable(${code}).__index) do names[#names + 1] = method end
      table.sort(names)
      return names`);
    assert.deepEqual(definitions.classes.get(name)?.methods.sort(), value, name);
  }
});
