// The classes of types/vulcan.lua are the tables that functions return and take.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CallOptions, Json } from "luaskills";
import { createEngine, manifest, repository, temporaryFolder, writeSkills } from "../skills/skill-tree.js";
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
  // The databases of a skill lie beside the folder of skills.
  const skillsDir = join(folder, "skills");
  writeSkills(skillsDir, {
    bare: "return function(args) return vulcan[args.kind].status() end",
    shapes: {
      "skill.yaml": manifest(["run"], "sqlite: { enable: true }\nlancedb: { enable: true }\n"),
      "runtime/run.lua": `return function(args)
        local chunk = assert(loadstring("local args = ... " .. args.code, "=code"))
        local ok, value = pcall(chunk, args)
        return vulcan.json.encode({ ok = ok, value = ok and value or tostring(value) })
      end`,
    },
  });
  const engine = await createEngine(t, { capabilities: { skillManagement: true } });
  await engine.load([{ name: "ROOT", skillsDir }]);
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
  "vulcan.sqlite.Status": [
    "return vulcan.sqlite.info()",
    "return vulcan.sqlite.status()",
    "return vulcan.call('bare-run', { kind = 'sqlite' })",
  ],
  "vulcan.sqlite.LibraryInfo": ["return vulcan.sqlite.info().library_info"],
  "vulcan.sqlite.ScriptResult": [
    "return vulcan.sqlite.execute_script({ sql = 'CREATE TABLE IF NOT EXISTS numbers (n)' })",
    "return vulcan.sqlite.execute_batch({ sql = 'INSERT INTO numbers VALUES (?)', items = { { 1 } } })",
  ],
  "vulcan.sqlite.QueryResult": ["return vulcan.sqlite.query_json({ sql = 'SELECT 1 AS one' })"],
  "vulcan.sqlite.StreamStart": ["return vulcan.sqlite.query_stream({ sql = 'SELECT 1' })"],
  "vulcan.sqlite.StreamMetrics": [
    "return vulcan.sqlite.query_stream_wait_metrics(vulcan.sqlite.query_stream({ sql = 'SELECT 1' }))",
  ],
  "vulcan.sqlite.Chunk": [
    `local stream = vulcan.sqlite.query_stream({ sql = "SELECT 1" })
    return vulcan.sqlite.query_stream_chunk({ stream_id = stream.stream_id, index = 0 })`,
  ],
  "vulcan.sqlite.StreamEnd": [
    "return vulcan.sqlite.query_stream_close(vulcan.sqlite.query_stream({ sql = 'SELECT 1' }))",
  ],
  "vulcan.sqlite.Tokens": ["return vulcan.sqlite.tokenize_text({ text = 'a b' })"],
  "vulcan.sqlite.WordResult": [
    "return vulcan.sqlite.upsert_custom_word({ word = 'luajit' })",
    "return vulcan.sqlite.remove_custom_word({ word = 'luajit' })",
  ],
  "vulcan.sqlite.Words": ["return vulcan.sqlite.list_custom_words()"],
  "vulcan.sqlite.Word": [
    `vulcan.sqlite.upsert_custom_word({ word = "luajit" })
    return vulcan.sqlite.list_custom_words().words[1]`,
  ],
  "vulcan.sqlite.IndexResult": [
    "return vulcan.sqlite.ensure_fts_index({ index_name = 'texts' })",
    "return vulcan.sqlite.rebuild_fts_index({ index_name = 'texts' })",
  ],
  "vulcan.sqlite.DocumentResult": [
    "return vulcan.sqlite.upsert_fts_document({ index_name = 'texts', id = '1', file_path = 'f', title = 'a' })",
    "return vulcan.sqlite.delete_fts_document({ index_name = 'texts', id = '2' })",
  ],
  "vulcan.sqlite.Hits": ["return vulcan.sqlite.search_fts({ index_name = 'texts', query = 'a' })"],
  "vulcan.sqlite.Hit": ["return vulcan.sqlite.search_fts({ index_name = 'texts', query = 'a' }).hits[1]"],
  "vulcan.lancedb.Status": [
    "return vulcan.lancedb.info()",
    "return vulcan.lancedb.status()",
    "return vulcan.call('bare-run', { kind = 'lancedb' })",
  ],
  "vulcan.lancedb.Message": [
    `return vulcan.lancedb.create_table({
      table_name = "points",
      columns = { { name = "at", column_type = "vector_float32", vector_dim = 2 } },
    })`,
  ],
  "vulcan.lancedb.UpsertResult": [
    "return vulcan.lancedb.vector_upsert({ table_name = 'points', rows = { { at = { 0, 1 } } } })",
  ],
  "vulcan.lancedb.SearchResult": ["json", "arrow"].map(
    format => `local result = vulcan.lancedb.vector_search({
      table_name = "points", vector = { 0, 0 }, output_format = "${format}",
    })
    result.data = result.data and #result.data -- bytes
    return result`,
  ),
  "vulcan.lancedb.DeleteResult": [
    "return vulcan.lancedb.delete({ table_name = 'points', condition = 'true' })",
  ],
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
  "vulcan.sqlite.ScriptInput":
    "options.sql = options.sql or 'SELECT 1' return vulcan.sqlite.query_json(options)",
  "vulcan.sqlite.BatchInput": `
    options.sql, options.items = options.sql or "SELECT 1", options.items or { {} }
    return vulcan.sqlite.execute_batch(options)`,
  "vulcan.sqlite.TypedParameter": `
    options.kind = options.kind or options.base64 and "bytes" or "int64"
    return vulcan.sqlite.query_json({ sql = "SELECT ?", params = { options } })`,
  "vulcan.sqlite.StreamInput":
    "options.sql = options.sql or 'SELECT 1' return vulcan.sqlite.query_stream(options)",
  "vulcan.sqlite.StreamHandle": "return vulcan.sqlite.query_stream_wait_metrics(options)",
  "vulcan.sqlite.ChunkInput":
    "options.stream_id = options.stream_id or 1 return vulcan.sqlite.query_stream_chunk(options)",
  "vulcan.sqlite.TokenizeInput":
    "options.text = options.text or 'a' return vulcan.sqlite.tokenize_text(options)",
  "vulcan.sqlite.WordInput":
    "options.word = options.word or 'a' return vulcan.sqlite.upsert_custom_word(options)",
  "vulcan.sqlite.WordRemoval": "return vulcan.sqlite.remove_custom_word(options)",
  "vulcan.sqlite.IndexInput":
    "options.index_name = options.index_name or 'texts' return vulcan.sqlite.ensure_fts_index(options)",
  "vulcan.sqlite.DocumentInput": `
    options.index_name, options.id = options.index_name or "texts", options.id or "1"
    options.file_path = options.file_path or "f"
    return vulcan.sqlite.upsert_fts_document(options)`,
  "vulcan.sqlite.DocumentRemoval": `
    options.index_name, options.id = options.index_name or "texts", options.id or "1"
    return vulcan.sqlite.delete_fts_document(options)`,
  "vulcan.sqlite.SearchInput": `
    options.index_name, options.query = options.index_name or "texts", options.query or "a"
    return vulcan.sqlite.search_fts(options)`,
  "vulcan.lancedb.TableInput": `
    options.table_name = options.table_name or "points"
    options.columns = options.columns or { { name = "at", column_type = "string" } }
    return vulcan.lancedb.create_table(options)`,
  "vulcan.lancedb.Column": `
    options.name = options.name or "at"
    options.column_type = options.column_type or options.vector_dim and "vector_float32" or "string"
    return vulcan.lancedb.create_table({ table_name = "points", columns = { options } })`,
  "vulcan.lancedb.UpsertInput": `
    options.table_name = options.table_name or "points"
    if not options.data then options.rows = options.rows or {} end
    return vulcan.lancedb.vector_upsert(options)`,
  "vulcan.lancedb.SearchInput": `
    options.table_name, options.vector = options.table_name or "points", options.vector or { 0 }
    return vulcan.lancedb.vector_search(options)`,
  "vulcan.lancedb.DeleteInput": `
    options.table_name, options.condition = options.table_name or "points", options.condition or "true"
    return vulcan.lancedb.delete(options)`,
  "vulcan.lancedb.DropInput": "return vulcan.lancedb.drop_table(options)",
};

/** Values of a wrong type count as none, or the error is about another name of the same. */
const lenient: Record<string, string[]> = {
  "vulcan.sqlite.StreamInput": ["chunk_bytes", "chunk_size"],
  "vulcan.sqlite.TokenizeInput": ["search_mode", "mode"],
  "vulcan.sqlite.IndexInput": ["mode"],
  "vulcan.sqlite.WordInput": ["weight"],
  "vulcan.sqlite.DocumentInput": ["title", "content", "mode"],
  "vulcan.sqlite.SearchInput": ["limit", "offset", "mode"],
};

/** Any value of them is right, or none is an error. */
const unchecked = new Set([
  "vulcan.runtime.lua.ExecInput.args",
  ...Object.entries(lenient).flatMap(([name, fields]) => fields.map(field => `${name}.${field}`)),
]);

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
