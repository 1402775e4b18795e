import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { SkillEngine, SkillEngineOptions } from "luaskills";
import { createEngine, engineWith, temporaryFolder } from "./skill-tree.js";

/** Text of the only value of a report, or `error: ` and the message. */
function outcomeOf(report: string): string {
  const [, error] = /## Error\n```text\n([\s\S]*?)\n```/.exec(report) ?? [];
  if (error !== undefined) return `error: ${error}`;
  return /## Returned Values\n1\. \n```\w+\n([\s\S]*)\n```$/.exec(report)?.[1] ?? report;
}

function strictIn(engine: SkillEngine) {
  return async (code: string, allow?: string[], timeoutMs = 5_000) =>
    outcomeOf(await engine.execLua({ code, sandbox: "strict", timeoutMs, ...(allow && { allow }) }));
}

async function strict(t: TestContext, options?: SkillEngineOptions) {
  return strictIn(await createEngine(t, options));
}

/** Everything strict code finds: what is not here is forbidden. */
const globals = {
  "": `_G _VERSION assert bit collectgarbage coroutine error gcinfo getfenv getmetatable ipairs math newproxy next os pairs
    pcall print rawequal rawget rawlen rawset select setfenv setmetatable string table tonumber tostring type unpack vulcan
    xpcall`,
  bit: "arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex",
  coroutine: "create isyieldable resume running status wrap yield",
  math: `abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min modf pi pow rad random
    randomseed sin sinh sqrt tan tanh`,
  os: "clock date difftime time",
  string: "byte char find format gmatch gsub len lower match rep reverse sub upper",
  table: "concat foreach foreachi getn insert maxn move pack remove sort unpack",
  vulcan: "json path",
  "vulcan.json": "array decode encode null object",
  "vulcan.path": "basename dirname extname is_abs join normalize stem",
};

for (const [table, names] of Object.entries(globals)) {
  test(`strict code finds nothing ${table === "" ? "among its globals" : `in ${table}`} but what is harmless`, async t => {
    const run = await strict(t);
    const found = await run(`
      local seen = {}
      local function look(t) for name in pairs(t) do seen[name] = true end end
      look(${table === "" ? "_G" : table})
      ${table === "" ? "look(getmetatable(_G).__index)" : ""}
      local names = {}
      for name in pairs(seen) do names[#names + 1] = name end
      table.sort(names)
      return table.concat(names, " ")`);
    assert.equal(found, names.split(/\s+/).join(" "));
  });
}

const functions = [
  ..."load loadstring loadfile dofile require module string.dump os.execute os.exit os.getenv os.remove".split(
    " ",
  ),
  ..."os.rename os.setlocale os.tmpname io.open io.popen io.read package.loadlib debug.getinfo ffi.new".split(
    " ",
  ),
  ..."jit.off jit.util vulcan.call vulcan.fs.read vulcan.process.exec vulcan.runtime.lua.exec".split(" "),
  ..."vulcan.runtime.log vulcan.config.get vulcan.cache.get vulcan.host.call vulcan.models.llm".split(" "),
];

for (const name of functions) {
  test(`door: ${name}`, async t => {
    const run = await strict(t);
    const steps = name.split(".").map(step => `value = value and value["${step}"]`);
    const reach = (from: string) => `local value = ${from} ${steps.join(" ")} return tostring(value)`;
    for (const from of ["_G", "getfenv(0)", "getfenv(1)", "getmetatable(_G).__index", "getfenv(print)"]) {
      assert.equal(await run(reach(from)), "nil", from);
    }
  });
}

/** Attempts to get hold of something that is not there, and what comes of them. */
const attempts: [door: string, code: string, outcome: RegExp][] = [
  ["the chunk itself is bytecode", "\x1bLJ\x02\x00", /^error: luaexec:1: /],
  ["string.dump as a method", "return tostring((''):len()) .. tostring((('').dump))", /^0nil$/],
  [
    "the metatable of strings",
    "local m = getmetatable('') local n = 0 for k in pairs(m) do n = n + 1 end return n",
    /^1$/,
  ],
  [
    "methods put on strings",
    "getmetatable('').__index = getfenv return (('x').y)",
    /^error: luaexec:1: bad argument #1 to/,
  ],
  [
    "environments of all functions at hand",
    `local fs, bad = { print, vulcan.json.encode, vulcan.json.decode, vulcan.path.join, pcall, coroutine.wrap, coroutine.resume,
       string.gsub, vulcan.json.object, getfenv, (pairs(vulcan)), (ipairs({})), ("x"):gmatch(".") }, {}
     for i, f in ipairs(fs) do
       for _, name in ipairs({ "load", "loadstring", "require", "io", "debug", "package", "ffi", "jit", "dofile", "host" }) do
         if getfenv(f)[name] ~= nil then bad[#bad + 1] = i .. name end
       end
     end
     return #fs .. table.concat(bad)`,
    /^13$/,
  ],
  [
    "environments of all levels of the stack",
    `local bad = {}
     for level = 0, 20 do
       local ok, env = pcall(getfenv, level)
       if ok then
         for _, name in ipairs({ "load", "require", "io", "debug", "package", "host", "operations" }) do
           if env[name] ~= nil then bad[#bad + 1] = level .. name end
         end
       end
     end
     return "none" .. table.concat(bad)`,
    /^none$/,
  ],
  [
    "setfenv on functions of the host",
    "for _, f in ipairs({ print, vulcan.path.join, vulcan.json.encode }) do pcall(setfenv, f, {}) end print('x') return vulcan.path.join('a')",
    /^a$/,
  ],
  [
    "setfenv on the levels below",
    "local pcall, setfenv = pcall, setfenv for level = 2, 9 do pcall(setfenv, level, {}) end return 'fine'",
    /^fine$/,
  ],
  [
    "setfenv of the thread",
    "setfenv(0, setmetatable({}, { __index = function() error('trap') end })) return 'fine'",
    /^fine$/,
  ],
  [
    "the metatable of vulcan",
    "return tostring(getmetatable(vulcan)) .. tostring(getmetatable(vulcan.json))",
    /^falsefalse$/,
  ],
  [
    "another metatable for vulcan",
    "setmetatable(vulcan, {})",
    /^error: luaexec:1: cannot change a protected metatable$/,
  ],
  [
    "members of vulcan by rawget",
    "return tostring(rawget(vulcan, 'json')) .. rawlen(vulcan) .. tostring(next(vulcan))",
    /^nil0nil$/,
  ],
  ["members of vulcan by pairs", "local f, s = pairs(vulcan) return type(f) .. type(s)", /^functionnil$/],
  [
    "a write to vulcan",
    "vulcan.json.encode = print",
    /^error: luaexec:1: vulcan\.json\.encode: vulcan\.json is read-only$/,
  ],
  ["a forged vulcan", "rawset(vulcan, 'path', 1) return type(vulcan.path)", /^number$/],
  [
    "the marks of JSON",
    "return tostring(getmetatable(vulcan.json.object())) .. type(vulcan.json.null)",
    /^json\.objectuserdata$/,
  ],
  [
    "cdata from a literal",
    "local x = 1LL return tostring(getmetatable(x)) .. tostring(x + 1) .. tostring(_G.ffi)",
    /^ffi2LLnil$/,
  ],
  ["members of cdata", "return (1LL).__index", /^error: .*has no member/],
  ["a call of cdata", "return (1LL)(2)", /^error: 'int64_t' is not callable$/],
  ["a pointer by format", "return (('%p'):format(print)):match('^0x') or 'no'", /^(0x|no)$/],
  [
    "the coroutine that runs the code",
    "local co = coroutine.running() return type(co) .. tostring(coroutine.resume(co))",
    /^threadfalse$/,
  ],
  [
    "the coroutine that runs the code, from another",
    "local co = coroutine.running() local ok, why = coroutine.wrap(function() return coroutine.resume(co) end)() return tostring(ok)",
    /^false$/,
  ],
  [
    "a yield to the runtime",
    "coroutine.yield(1)",
    /^error: luaexec:1: attempt to yield from outside a coroutine$/,
  ],
  ["a yield to the runtime that is caught", "return tostring(pcall(coroutine.yield))", /^false$/],
  [
    "a yield across a library function",
    "return tostring(pcall(table.sort, { 1, 2 }, coroutine.yield))",
    /^false$/,
  ],
  [
    "what a message handler sees",
    "return type(select(2, xpcall(error, function(e) return e end, {})))",
    /^table$/,
  ],
  ["paths in messages", "error('x')", /^error: luaexec:1: x$/],
  [
    "files by error messages of JSON",
    "return select(2, pcall(vulcan.json.decode, '/etc/passwd'))",
    /json\.decode/,
  ],
  [
    "a proxy with a finalizer",
    "local p = newproxy(true) getmetatable(p).__gc = function() error('x') end p = nil collectgarbage() return 'fine'",
    /^fine$/,
  ],
  [
    "a finalizer that outlives the run",
    "local p = newproxy(true) getmetatable(p).__gc = function() while true do end end return 'fine'",
    /^fine$/,
  ],
  [
    "dates of any format",
    "os.date(('%c'):rep(1e4)) os.date('%') os.date('*t', 1e300) pcall(os.time, { year = 1e300 }) return 'fine'",
    /^fine$/,
  ],
  ["formats of any width", "return tostring(pcall(string.format, '%99999d', 1))", /^false$/],
];

for (const [door, code, outcome] of attempts) {
  test(`door: ${door}`, async t => {
    const run = await strict(t);
    assert.match(await run(code), outcome);
    assert.equal(await run("return 'next'"), "next");
  });
}

const stopped = "error: luaexec execution timed out after 60 ms";

/** Code that must be ended from outside. */
const endless: [what: string, code: string][] = [
  ["a loop", "while true do end"],
  ["a loop that catches its end", "while true do pcall(function() while true do end end) end"],
  ["a message handler", "xpcall(error, function() while true do end end)"],
  ["a loop by goto", "::again:: goto again"],
  ["a coroutine", "coroutine.wrap(function() while true do end end)()"],
  ["coroutines without number", "while true do coroutine.wrap(function() end)() end"],
  ["an __index", "local t = setmetatable({}, { __index = function(t) while true do end end }) return t.x"],
  ["a __tostring in print", "print(setmetatable({}, { __tostring = function() while true do end end }))"],
  [
    "a __tostring that calls itself",
    "local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) return tostring(t)",
  ],
  [
    "a __tostring of what is returned",
    "return setmetatable({ print }, { __tostring = function() while true do end end })",
  ],
  ["a __tostring of an error", "error(setmetatable({}, { __tostring = function() while true do end end }))"],
  [
    "a __pairs that calls itself",
    "local t = setmetatable({}, { __pairs = function(t) return pairs(t) end }) pairs(t)",
  ],
  [
    "a comparator",
    "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end)",
  ],
  ["a replacement", "('x'):gsub('x', function() while true do end end)"],
  [
    "a finalizer",
    "local p = newproxy(true) getmetatable(p).__gc = function() while true do end end p = nil collectgarbage()",
  ],
  ["a pattern", "return ('a'):rep(600):find('.-.-.-.-b$')"],
  ["a pattern in gsub", "return (('a'):rep(600):gsub('.-.-.-.-b$', ''))"],
  ["printing", "while true do print('x') end"],
  ["decoding", "local text = '[' .. ('1,'):rep(1e5) .. '1]' while true do vulcan.json.decode(text) end"],
];

for (const [what, code] of endless) {
  test(`endless: ${what}`, async t => {
    const run = await strict(t);
    assert.equal(await run(code, undefined, 60), stopped);
  });
}

/** Code that wants more memory than there is, in ways that no loop counter would see. */
const hungry: [what: string, code: string][] = [
  ["one long string", "return #('x'):rep(1e9)"],
  ["a string that doubles", "local s = 'x' while true do s = s .. s end"],
  ["a table", "local t = {} for i = 1, 1e9 do t[i] = i end"],
  ["tables in tables", "local t = {} while true do t = { t } end"],
  ["closures", "local t = {} for i = 1, 1e9 do t[i] = function() return i end end"],
  ["coroutines", "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end"],
  ["with the collector stopped", "collectgarbage('stop') while true do kept = { {} } end"],
  ["a replacement that grows", "return #(('x'):rep(1e5):gsub('x', ('y'):rep(1e4)))"],
  ["one long list", "return #table.concat({ ('x'):rep(3e7), ('y'):rep(3e7), ('z'):rep(3e7) })"],
  ["decoding", "return vulcan.json.decode('[' .. ('[],'):rep(5e6) .. '1]')"],
];

for (const [what, code] of hungry) {
  test(`hungry: ${what}`, async t => {
    const run = await strict(t);
    assert.match(await run(code, undefined, 20_000), /^error: (.*: )?not enough memory$/);
  });
}

test("an engine without a limit of memory has one for strict code all the same", async t => {
  const run = await strict(t, { memoryLimit: 0 });
  assert.equal(await run("return #('x'):rep(2^27)"), "error: not enough memory");
  const limited = await strict(t, { memoryLimit: 2 << 20 });
  assert.equal(await limited("return #('x'):rep(2^22)"), "error: not enough memory");
});

const tooDeep =
  /^error: .*(stack overflow|not enough memory|too many captures|nested deeper|table contains itself)/;

/** Recursion of every kind there is. */
const deep: [what: string, code: string][] = [
  ["a function", "local function f() return 1 + f() end f()"],
  ["a replacement in a replacement", "local function f() return (('a'):gsub('a', f)) end f()"],
  ["a sort in a comparator", "local function f() table.sort({ 1, 2, 3 }, f) end f()"],
  ["a coroutine in a coroutine", "local function f() return (coroutine.wrap(f)()) end f()"],
  [
    "a comparison",
    "local mt = {} mt.__lt = function(a, b) return not (a < b) end return setmetatable({}, mt) < setmetatable({}, mt)",
  ],
  ["a pattern", "return ('('):rep(3e5):find(('('):rep(3e5))"],
  ["a table to encode", "local t = {} for i = 1, 1e5 do t = { t } end return vulcan.json.encode(t)"],
  ["a text to decode", "return vulcan.json.decode(('['):rep(1e6))"],
  ["a circle to encode", "local t = {} t.t = t return vulcan.json.encode(t)"],
];

for (const [what, code] of deep) {
  test(`deep: ${what}`, async t => {
    const run = await strict(t);
    assert.match(await run(code), tooDeep);
    const onLane = `local stop = os.clock() + 0.005 while os.clock() < stop do end ${code}`;
    assert.match(await run(onLane), tooDeep);
  });
}

test("door: standard functions replaced before the runtime uses them", async t => {
  const { engine } = await engineWith(t, { demo: "return function() return 1 end" });
  const code = `
    local select, type, rawget, pcall, next, tostring = select, type, rawget, pcall, next, tostring
    local concat, base, spied = table.concat, getmetatable(_G).__index, {}
    local function spy(library, name)
      local real = library[name]
      library[name] = function(...)
        for i = 1, select("#", ...) do spied[#spied + 1] = { (select(i, ...)), name } end
        return real(...)
      end
    end
    for name, value in next, base do
      if type(value) == "table" and name ~= "_G" and name ~= "vulcan" then
        for member, fn in next, value do if type(fn) == "function" then spy(value, member) end end
      elseif type(value) == "function" and name ~= "select" then
        spy(base, name)
      end
    end
    local before = #spied
    for _, use in next, {
      function() return vulcan.path.join("a", "ä") end, function() return vulcan.path.join(5) end,
      function() return vulcan.host.call("x", {}) end, function() return vulcan.call("demo-run", {}) end,
      function() return vulcan.call("demo-run") end, function() return vulcan.io.read_text("/nowhere") end,
      function() return vulcan.io.open("/nowhere") end, function() return vulcan.process.session.open({}) end,
      function() return vulcan.process.exec({ program = 5 }) end, function() return vulcan.models.embed("x") end,
      function() return vulcan.cache.put({ 1 }) end, function() return vulcan.json.encode({ 1, {} }) end,
      function() return vulcan.runtime.skills.status() end, function() return vulcan.config.list() end,
    } do pcall(use) end
    local found = {}
    for i = before + 1, #spied do
      local value, name = spied[i][1], spied[i][2]
      if type(value) == "table" or type(value) == "function" then found[#found + 1] = name end
    end
    return "spied:" .. concat(found, " ")`;
  const allow = ["call", "host", "io", "process", "models", "cache", "runtime.skills", "config"];
  assert.equal(await strictIn(engine)(code, allow), "spied:");
});

test("a strict VM is never used twice", async t => {
  const run = await strict(t);
  await run("left = 1 string.left = 2 getmetatable(_G).__index.left = 3 rawset(vulcan, 'left', 4)");
  assert.equal(
    await run("return tostring(left) .. tostring(string.left) .. tostring(vulcan.left)"),
    "nilnilnil",
  );
});

/** What `allow` lets in: names below vulcan, and nothing beside them. */
const allowed: [allow: string[], members: Record<string, string>][] = [
  [[], { vulcan: "json path" }],
  [["fs.read"], { vulcan: "fs json path", "vulcan.fs": "read" }],
  [["vulcan.fs.read", "fs.exists"], { "vulcan.fs": "exists read" }],
  [["os"], { vulcan: "json os path", "vulcan.os": "info" }],
  [["call"], { vulcan: "call json path" }],
  [["process.which"], { "vulcan.process": "which" }],
  [["process.session"], { "vulcan.process": "session", "vulcan.process.session": "open" }],
  [["process.session.open"], { "vulcan.process": "session", "vulcan.process.session": "open" }],
  [["runtime.log"], { "vulcan.runtime": "log" }],
  [["runtime.internal"], { "vulcan.runtime": "internal", "vulcan.runtime.internal": "luaexec_active" }],
  [["runtime.internal.tool_name"], { "vulcan.runtime.internal": "" }],
  [["context.request"], { "vulcan.context": "request" }],
  [["io.read_text"], { "vulcan.io": "read_text" }],
  [["runtime.lua.exec"], { "vulcan.runtime": "lua", "vulcan.runtime.lua": "" }],
  [
    ["", ".", "*", "vulcan", "fs.", ".fs", "fs.read.x", "call.x", "__index", "host.core", "fs.*"],
    { vulcan: "fs host json path", "vulcan.fs": "", "vulcan.host": "" },
  ],
];

for (const [allow, members] of allowed) {
  test(`allow ${JSON.stringify(allow)} lets in what it names`, async t => {
    const run = await strict(t);
    for (const [table, names] of Object.entries(members)) {
      const code = `local names = {} for name in pairs(${table}) do names[#names + 1] = name end table.sort(names)
        return table.concat(names, " ")`;
      assert.equal(await run(code, allow), names, table);
    }
  });
}

test("what is allowed works, and what is beside it is nil", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "x"), "content");
  const run = await strict(t);
  const path = JSON.stringify(join(folder, "x"));
  assert.equal(await run(`return vulcan.fs.read(${path})`, ["fs.read"]), "content");
  assert.equal(
    await run(`vulcan.fs.write(${path}, '')`, ["fs.read"]),
    "error: luaexec:1: attempt to call field 'write' (a nil value)",
  );
  assert.equal(await run("return vulcan.fs.read", ["fs.exists"]), "null");
  assert.equal(
    await run("return tostring(vulcan.context.client_info.kind) .. tostring(vulcan.context.request)", [
      "context.client_info",
    ]),
    "runtimenil",
  );
});

const skills = {
  reader: `return function(args)
    assert(io and require and vulcan.process and vulcan.fs.exists("/"))
    return { args = args, skill = vulcan.runtime.internal.skill_name, request = vulcan.context.request.transport_name }, nil, "third", nil
  end`,
  failing: "return function() error('no luck') end",
  endless: "return function() while true do end end",
  waiting: "return function() return vulcan.host.call('never', {}) end",
  again: `return function()
    return tostring(vulcan.runtime.internal.luaexec_active) .. " " .. select(2, pcall(vulcan.runtime.lua.exec, { code = "return 1" }))
  end`,
  back: "return function() return vulcan.call('starter-run', {}) end",
  odd: "return function() return print end",
};

test("a skill called by strict code has all that skills have, on a VM of its own", async t => {
  const { engine } = await engineWith(t, skills, { pool: { minSize: 1, maxSize: 1 } });
  const run = strictIn(engine);
  const call = "local r, second, third, fourth = vulcan.call('reader-run', { a = { 1, 'ä' } })";
  const value = `${call} return vulcan.json.encode({ r, second == nil, third, fourth == nil }), io`;
  const report = await engine.execLua({ code: value, sandbox: "strict", allow: ["call"] });
  assert.match(report, /2\. \n```json\nnull\n```$/);
  assert.deepEqual(JSON.parse(/```text\n(.*)\n/.exec(report)?.[1] ?? ""), [
    { args: { a: [1, "ä"] }, skill: "reader", request: "luaexec_call" },
    true,
    "third",
    true,
  ]);
  const count = "return select('#', vulcan.call('reader-run', {}))";
  assert.equal(await run(count, ["call"]), "4");
  assert.equal(await run("return vulcan.runtime.internal.skill_name", ["call", "runtime.internal"]), "null");
});

const calls: [code: string, outcome: string][] = [
  ["vulcan.call()", "error: call: args must be a table, got nil"],
  ["vulcan.call(1, {})", "error: call: name must be a string, got integer"],
  ["vulcan.call(' ', {})", "error: call: name must not be empty"],
  ["vulcan.call('nobody', {})", "error: call: Skill 'nobody' not found"],
  ["vulcan.call('reader-run', 'x')", "error: call: args must be a table, got string"],
  ["vulcan.call('reader-run', { f = { print } })", "error: args[2].f[1]: cannot convert function"],
  ["vulcan.call('failing-run', {})", "error: failing-run: failing/runtime/run.lua:1: no luck"],
  ["vulcan.call('odd-run', {})", "error: odd-run: result[1]: cannot convert function"],
  ["return pcall(vulcan.call, 'failing-run', {}) and 1 or 'caught'", "caught"],
  [
    "local args = setmetatable({}, { __index = function() error('trap') end }) return #vulcan.call('reader-run', args).args",
    "0",
  ],
  ["return vulcan.call('again-run', {})", "true runtime.lua.exec: code of an exec cannot start another one"],
];

for (const [code, outcome] of calls) {
  test(`strict code: ${code}`, async t => {
    const { engine } = await engineWith(t, skills);
    assert.equal(await strictIn(engine)(code, ["call"]), outcome);
  });
}

test("strict code cannot call the tool that started it, directly or through a skill", async t => {
  const { engine } = await engineWith(t, {
    ...skills,
    starter: `return function(args)
      return vulcan.runtime.lua.exec({ code = args.code, sandbox = "strict", allow = { "call" } })
    end`,
  });
  for (const code of ["return vulcan.call('starter-run', {})", "return vulcan.call('back-run', {})"]) {
    for (const { content } of [
      await engine.call("starter-run", { code }),
      engine.callSync("starter-run", { code }),
    ]) {
      assert.match(
        outcomeOf(content),
        /vulcan\.call cannot call the current luaexec caller tool 'starter-run'$/,
      );
    }
  }
});

test("calls of strict code need no free VM of the pool while a skill waits for them", async t => {
  const { engine } = await engineWith(
    t,
    {
      ...skills,
      starter: `return function()
        return vulcan.runtime.lua.exec({ sandbox = "strict", allow = { "call" },
          code = "return vulcan.call('reader-run', { 1 }).skill" })
      end`,
    },
    { pool: { minSize: 1, maxSize: 1, acquireTimeoutMs: 1_000 }, execPool: { maxSize: 1 } },
  );
  assert.equal(outcomeOf((await engine.call("starter-run")).content), "reader");
  assert.equal(outcomeOf(engine.callSync("starter-run").content), "reader");
});

test("a skill that strict code calls dies with the exec, computing or waiting", async t => {
  const { engine } = await engineWith(t, skills);
  engine.registerHostTool("never", { description: "", call: () => new Promise(() => {}) });
  for (const name of ["endless-run", "waiting-run"]) {
    const code = `while true do pcall(vulcan.call, '${name}', {}) end`;
    assert.equal(await strictIn(engine)(code, ["call"], 60), stopped);
    const controller = new AbortController();
    const aborted = engine.execLua(
      { code, sandbox: "strict", allow: ["call"] },
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(aborted, { code: "LUA_ABORTED" });
    while (engine.stats().pool.leased > 0) await sleep(2);
  }
});
