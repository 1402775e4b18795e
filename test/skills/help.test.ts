import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createEngine, engineWith, manifest, type SkillFiles } from "./skill-tree.js";

const entry = (name: string, help = "") =>
  `  - name: ${name}\n    lua_entry: runtime/run.lua\n    lua_module: ${name}\n${help === "" ? "" : `    help: ${help}\n`}`;

const guide: SkillFiles = {
  "skill.yaml":
    "name: The guide\nversion: 1.2.3\n" +
    `entries:\n${entry("search", "find")}${entry("read")}${entry("look", " find ")}` +
    "help:\n  main:\n    description: ' All of it '\n    file: help/main.md\n  topics:\n" +
    "    - name: ' find '\n      description: Finding\n      file: help/find.lua\n" +
    "    - name: alone\n      file: help/deep/alone.MD\n",
  "runtime/run.lua": "return function() return 'x' end",
  "help/main.md": "# Guide\r\n\nAll of it — ä.\n",
  "help/find.lua": "return '# Finding'",
  "help/deep/alone.MD": "",
};

function described(root: string, skillId = "guide") {
  return {
    skillId,
    skillName: "The guide",
    skillVersion: "1.2.3",
    rootName: "ROOT",
    skillDir: join(root, skillId),
  };
}

const all = ["guide-search", "guide-read", "guide-look"];
const nodes = {
  main: { flowName: "main", description: "All of it", relatedEntries: all, isMain: true },
  find: {
    flowName: "find",
    description: "Finding",
    relatedEntries: ["guide-search", "guide-look"],
    isMain: false,
  },
  alone: { flowName: "alone", description: "", relatedEntries: [], isMain: false },
};

test("list shows the pages of all skills, in order of their ids, entries in the order of the manifest", async t => {
  const { engine, root } = await engineWith(t, {
    zebra: "return function() return '' end",
    guide,
    ape: "return function() return '' end",
  });
  const trees = engine.help.list();
  assert.deepEqual(
    trees.map(({ skillId }) => skillId),
    ["ape", "guide", "zebra"],
  );
  assert.deepEqual(trees[1], { ...described(root), main: nodes.main, flows: [nodes.find, nodes.alone] });
  assert.deepEqual(trees[0]?.main, {
    flowName: "main",
    description: "",
    relatedEntries: ["ape-run"],
    isMain: true,
  });
  assert.deepEqual(trees[0]?.flows, []);
});

test("related entries bear the names they can be called by", async t => {
  const { engine } = await engineWith(t, { guide }, { reservedEntryNames: ["guide-search"] });
  const [tree] = engine.help.list();
  assert.deepEqual(tree?.flows[0]?.relatedEntries, ["guide-search-2", "guide-look"]);
  assert.deepEqual(tree?.main.relatedEntries, ["guide-search-2", "guide-read", "guide-look"]);
});

const pages: [flow: string, node: keyof typeof nodes, content: string][] = [
  ["main", "main", "# Guide\r\n\nAll of it — ä.\n"],
  [" main ", "main", "# Guide\r\n\nAll of it — ä.\n"],
  ["find", "find", "# Finding"],
  ["alone", "alone", ""],
];

for (const [flow, node, content] of pages) {
  test(`render(${JSON.stringify(flow)}) is the page with its text`, async t => {
    const { engine, root } = await engineWith(t, { guide });
    assert.deepEqual(await engine.help.render("guide", flow), {
      ...described(root),
      ...nodes[node],
      contentType: "markdown",
      content,
    });
  });
}

test("of a skill that is not loaded there is no page", async t => {
  const { engine } = await engineWith(t, { guide });
  assert.equal(await engine.help.render("nobody", "main"), null);
  assert.equal(await engine.help.render("", "main"), null);
  const fresh = await createEngine(t);
  assert.equal(await fresh.help.render("guide", "main"), null);
  assert.deepEqual(fresh.help.list(), []);
});

test("a page is read when it is asked for", async t => {
  const { engine, root } = await engineWith(t, { guide });
  writeFileSync(join(root, "guide/help/main.md"), "changed");
  writeFileSync(join(root, "guide/help/find.lua"), "return 'changed as well'");
  assert.equal((await engine.help.render("guide", "main"))?.content, "changed");
  assert.equal((await engine.help.render("guide", "find"))?.content, "changed as well");
});

test("a page that is not there is an error that says so", async t => {
  const { engine, root } = await engineWith(t, { guide, bare: "return function() return '' end" });
  const help = { name: "SkillError", code: "SKILL_HELP" };
  await assert.rejects(engine.help.render("guide", " "), {
    ...help,
    message: "help.render: flow must not be empty",
  });
  await assert.rejects(engine.help.render("guide", 5 as never), {
    name: "TypeError",
    message: "help.render: flow must be a string, got number",
  });
  await assert.rejects(engine.help.render("guide", "none"), {
    ...help,
    message: 'skill guide has no help page "none"; it has main, find, alone',
  });
  await assert.rejects(engine.help.render("bare", "main"), {
    ...help,
    message: "skill bare has no main help page",
  });
  rmSync(join(root, "guide/help/main.md"));
  await assert.rejects(engine.help.render("guide", "main"), {
    ...help,
    message: /^help page guide\/help\/main\.md: /,
  });
  writeFileSync(join(root, "guide/help/main.md"), Buffer.from([0x61, 0xff]));
  await assert.rejects(engine.help.render("guide", "main"), {
    ...help,
    message: /guide\/help\/main\.md: .*UTF-8/,
  });
});

/** An engine whose skill `demo` has this page. */
async function withPage(t: TestContext, page: string, options?: object) {
  const help = "help:\n  main:\n    file: help/main.lua\n";
  const files = {
    "skill.yaml": manifest(["run"], help),
    "runtime/run.lua": "own = 'of the skill' return function() return tostring(page_left) end",
    "help/main.lua": page,
  };
  const { engine, root } = await engineWith(t, { demo: files }, options);
  const render = async (request?: object) => (await engine.help.render("demo", "main", request))?.content;
  return { engine, root, render };
}

const written: [what: string, page: string, content: string][] = [
  ["a string", "return 'text'", "text"],
  [
    "a function that returns a string",
    "return function(...) return 'called with ' .. select('#', ...) end",
    "called with 0",
  ],
  ["the first of several values", "return 'first', 'second'", "first"],
  [
    "text below a line for the shell",
    "#!/usr/bin/lua\nreturn tostring(debug.getinfo(1, 'l').currentline)",
    "2",
  ],
  ["text of any kind", "return 'ä\\0\\r\\n€'", "ä\0\r\n€"],
];

for (const [what, page, content] of written) {
  test(`a page in Lua may return ${what}`, async t => {
    const { render } = await withPage(t, page);
    assert.equal(await render(), content);
  });
}

const failing: [what: string, page: string, expected: object][] = [
  [
    "nothing",
    "local x = 1",
    { code: "LUA_RUNTIME", message: /help page must be a string, or a function that returns one, got nil/ },
  ],
  ["a table", "return {}", { code: "LUA_RUNTIME", message: /got table/ }],
  ["a number", "return 5", { code: "LUA_RUNTIME", message: /got integer/ }],
  [
    "a function that returns a function",
    "return function() return print end",
    { code: "LUA_RUNTIME", message: /got function/ },
  ],
  ["bytes that are not UTF-8", "return '\\255'", { code: "LUA_CONVERT", message: /not valid UTF-8/ }],
  [
    "an error",
    "\nerror('no luck')",
    { code: "LUA_RUNTIME", message: /demo\/help\/main\.lua:2: no luck/, line: 2 },
  ],
  [
    "an error in its function",
    "return function()\n  error('no luck')\nend",
    { code: "LUA_RUNTIME", message: /main\.lua:2: no luck/ },
  ],
  ["no Lua", "return return", { code: "LUA_SYNTAX" }],
];

for (const [what, page, expected] of failing) {
  test(`a page in Lua that comes to ${what} is a LuaError that names it`, async t => {
    const { render } = await withPage(t, page);
    await assert.rejects(render(), error => {
      assert.match((error as Error).message, /^help page demo\/help\/main\.lua: /);
      assert.throws(
        () => {
          throw error;
        },
        { name: "LuaError", ...expected },
      );
      return true;
    });
  });
}

test("a page in Lua is its skill's: paths, globals and calls, under the name vulcan-help", async t => {
  const { engine, root, render } = await withPage(
    t,
    `local c, i, d = vulcan.context, vulcan.runtime.internal, vulcan.deps
     local called = vulcan.call("demo-run", {})
     page_left = "left by the page"
     return vulcan.json.encode({ c.skill_dir, c.entry_dir, c.entry_file, i.tool_name, i.skill_name, tostring(i.entry_name),
       i.root_name, d.tools_path, called, own, vulcan.call("demo-run", {}) })`,
    { pool: { minSize: 1, maxSize: 1 } },
  );
  const skillDir = join(root, "demo");
  assert.deepEqual(JSON.parse((await render()) ?? ""), [
    ...[skillDir, join(skillDir, "help"), join(skillDir, "help/main.lua")],
    ...["vulcan-help", "demo", "nil", "ROOT", join(root, "../dependencies/tools/demo")],
    ...["nil", "of the skill", "left by the page"],
  ]);
  assert.equal((await engine.call("demo-run")).content, "left by the page");
});

test("pages share a scope of the cache", async t => {
  const { render, engine } = await withPage(
    t,
    "if not id then id = vulcan.cache.put('kept') end return vulcan.cache.get(id)",
    { pool: { minSize: 1, maxSize: 1 } },
  );
  assert.equal(await render(), "kept");
  assert.equal(await render(), "kept");
  assert.equal(engine.stats().cache.entries, 1);
});

test("a page in Lua sees the request that asks for it", async t => {
  const { render } = await withPage(
    t,
    `local c = vulcan.context
     return vulcan.json.encode({ c.request.session_id or "none", c.client_info and c.client_info.name or "nobody",
       c.client_capabilities.plain == true, next(c.client_budget) == nil })`,
  );
  assert.equal(await render(), '["none","nobody",false,true]');
  const request = { sessionId: "s", clientInfo: { name: "x" }, clientCapabilities: { plain: true } };
  assert.equal(await render(request), '["s","x",true,true]');
});

test("a page in Lua may wait, and one that does not end is stopped", async t => {
  const { engine, render } = await withPage(
    t,
    "if vulcan.context.request.session_id then while true do end end return vulcan.host.call('later', {}).text",
    { initTimeoutMs: 200 },
  );
  engine.registerHostTool("later", { description: "", call: async () => ({ text: "from the host" }) });
  assert.equal(await render(), "from the host");
  await assert.rejects(render({ sessionId: "s" }), {
    name: "LuaError",
    code: "LUA_TIMEOUT",
    message: /^help page /,
  });
  assert.equal(await render(), "from the host");
});
