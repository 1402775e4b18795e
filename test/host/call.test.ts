import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LuaError, type SkillEngine } from "luaskills";
import { engineWith, manifest, temporaryFolder } from "../skills/skill-tree.js";
import { luaCode } from "./lua-code.js";

/** What the runtime says about the code that reads it. */
const whoami = `
  local function whoami()
    local internal, context, deps = vulcan.runtime.internal, vulcan.context, vulcan.deps
    return {
      tool = internal.tool_name, skill = internal.skill_name, entry = internal.entry_name, root = internal.root_name,
      skill_dir = context.skill_dir, entry_dir = context.entry_dir, entry_file = context.entry_file,
      tools = deps.tools_path, lua = deps.lua_path, ffi = deps.ffi_path,
    }
  end`;

function identity(root: string, skill: string, entry = "run") {
  const skillDir = join(root, skill);
  const deps = (kind: string) => join(root, "..", "dependencies", kind, skill);
  return {
    tool: `${skill}-${entry}`,
    skill,
    entry,
    root: "ROOT",
    skill_dir: skillDir,
    entry_dir: join(skillDir, "runtime"),
    entry_file: join(skillDir, "runtime", `${entry}.lua`),
    tools: deps("tools"),
    lua: deps("lua"),
    ffi: deps("ffi"),
  };
}

/** Calls the entry in both ways, each answer read as JSON; both must be the same. */
async function both(
  engine: SkillEngine,
  name: string,
  args: object = {},
  options: object = {},
): Promise<unknown> {
  const outcome = JSON.parse((await engine.call(name, args as never, options)).content);
  assert.deepEqual(JSON.parse(engine.callSync(name, args as never, options).content), outcome);
  return outcome;
}

test("a nested call returns every value as it is: tables, functions, trailing nils, more than four", async t => {
  const { engine } = await engineWith(t, {
    target: `return function(args)
      return { list = { 1, 2 } }, function(x) return x + args.step end, nil, true, "text", 6, nil
    end`,
    outer: `return function()
      local function count(...) return select("#", ...), ... end
      local n, first, add, third, fourth, fifth, sixth = count(vulcan.call("target-run", { step = 3 }))
      return vulcan.json.encode({ n = n, list = first.list, sum = add(4), third = third == nil, fourth = fourth,
        fifth = fifth, sixth = sixth })
    end`,
  });
  assert.deepEqual(await both(engine, "outer-run"), {
    n: 7,
    list: [1, 2],
    sum: 7,
    third: true,
    fourth: true,
    fifth: "text",
    sixth: 6,
  });
});

test("arguments of a nested call are the table itself, functions and all", async t => {
  const { engine } = await engineWith(t, {
    target: "return function(args) args.seen = args.twice(21) return args end",
    outer: `return function()
      local args = { twice = function(x) return x * 2 end }
      local same = vulcan.call("target-run", args)
      return vulcan.json.encode({ same = rawequal(same, args), seen = args.seen })
    end`,
  });
  assert.deepEqual(await both(engine, "outer-run"), { same: true, seen: 42 });
});

const refused: [args: string, problem: string][] = [
  ["", "call: name must be a string, got nil"],
  ["nil, {}", "call: name must be a string, got nil"],
  ["12, {}", "call: name must be a string, got integer"],
  ["1.5, {}", "call: name must be a string, got number"],
  ["true, {}", "call: name must be a string, got boolean"],
  ["{}, {}", "call: name must be a string, got table"],
  ["print, {}", "call: name must be a string, got function"],
  ["newproxy(), {}", "call: name must be a string, got userdata"],
  ["1LL, {}", "call: name must be a string, got other"],
  ["'', {}", "call: name must not be empty"],
  ["' \\t', {}", "call: name must not be empty"],
  ["'a\\0b', {}", "call: name must not contain NUL bytes"],
  ["'\\255', {}", "call: name must be a valid UTF-8 string"],
  ["'nobody', {}", "call: Skill 'nobody' not found"],
  ["' demo-run ', {}", "call: Skill ' demo-run ' not found"],
  ["'größe', {}", "call: Skill 'größe' not found"],
  ["'demo-other'", "call: args must be a table, got nil"],
  ["'demo-other', 'text'", "call: args must be a table, got string"],
  ["'demo-other', 7", "call: args must be a table, got integer"],
  ["'demo-other', false", "call: args must be a table, got boolean"],
  ["'demo-other', print", "call: args must be a table, got function"],
];

for (const [args, problem] of refused) {
  test(`vulcan.call(${args}) is refused`, async t => {
    const { runBoth } = await luaCode(t);
    assert.deepEqual(await runBoth(`return vulcan.call(${args})`), { error: problem });
  });
}

test("an error of the target reaches the caller as it was raised: text with its position, other values as they are", async t => {
  const { engine } = await engineWith(t, {
    target: "return function(args)\n  if args.value then error(args.value) end\n  error('no luck')\nend",
    outer: `return function()
      local value = { code = 7 }
      local ok, text = pcall(vulcan.call, "target-run", {})
      local ok2, same = pcall(vulcan.call, "target-run", { value = value })
      return vulcan.json.encode({ ok, text, ok2, rawequal(same, value) })
    end`,
    careless: "return function() return vulcan.call('target-run', {}) end",
  });
  assert.deepEqual(await both(engine, "outer-run"), [
    false,
    "target/runtime/run.lua:3: no luck",
    false,
    true,
  ]);
  await assert.rejects(engine.call("careless-run"), {
    name: "LuaError",
    code: "LUA_RUNTIME",
    message: "careless-run: target/runtime/run.lua:3: no luck",
    chunk: "target/runtime/run.lua",
    line: 3,
  });
});

const framesCases: [what: string, target: string, calls: string][] = [
  ["after a call", "return whoami()", "vulcan.call('target-run', {})"],
  ["after an error", "error('x')", "pcall(vulcan.call, 'target-run', {})"],
  [
    "after an error in a call two levels down",
    "return vulcan.call('failing-run', {})",
    "pcall(vulcan.call, 'target-run', {})",
  ],
  [
    "after a refused call",
    "return whoami()",
    "pcall(vulcan.call, 'nobody', {}) pcall(vulcan.call, 'target-run')",
  ],
  [
    "after a call from a coroutine",
    "return whoami()",
    "local co = coroutine.wrap(function() coroutine.yield() vulcan.call('target-run', {}) end) co() co()",
  ],
];

for (const [what, target, calls] of framesCases) {
  test(`the caller's identity is back ${what}`, async t => {
    const { engine, root } = await engineWith(t, {
      target: `${whoami} return function() ${target} end`,
      failing: "return function() error('y') end",
      outer: `${whoami} return function()
        local before = whoami()
        ${calls}
        return vulcan.json.encode({ before = before, after = whoami() })
      end`,
    });
    const outer = identity(root, "outer");
    assert.deepEqual(await both(engine, "outer-run"), { before: outer, after: outer });
  });
}

test("the target sees its own identity, and each level of nested calls its own", async t => {
  const { engine, root } = await engineWith(t, {
    first: `${whoami} return function()
      local inner = vulcan.call("second-other", {})
      return vulcan.json.encode({ first = whoami(), second = inner.second, third = inner.third })
    end`,
    second: {
      "skill.yaml": manifest(["run", "other"]),
      "runtime/run.lua": "return function() end",
      "runtime/other.lua": `${whoami} return function()
        local third = vulcan.call("third-run", {})
        return { third = third, second = whoami() }
      end`,
    },
    third: `${whoami} return function() return whoami() end`,
  });
  assert.deepEqual(await both(engine, "first-run"), {
    first: identity(root, "first"),
    second: identity(root, "second", "other"),
    third: identity(root, "third"),
  });
});

test("request, budget and tool configuration carry over", async t => {
  const read = `return function()
    local context = vulcan.context
    return { context.request, context.client_info, context.client_capabilities, context.client_budget,
      context.tool_config, context.host_result }
  end`;
  const { engine } = await engineWith(t, {
    target: read,
    outer: `local own = (${read.replace("return function", "function")})
      return function() return vulcan.json.encode({ own = own(), nested = vulcan.call("target-run", {}) }) end`,
  });
  const context = {
    requestContext: {
      requestId: "r1",
      clientName: "client",
      transportName: "mcp",
      sessionId: "s1",
      clientInfo: { kind: "ide", name: "x", version: "1" },
      clientCapabilities: { host_result: { enabled: true, allowed_kinds: ["a"] } },
    },
    clientBudget: { tool_result: { bytes: 5, lines: 2 } },
    toolConfig: { deep: { er: [1] } },
  };
  const { own, nested } = (await both(engine, "outer-run", {}, { context })) as {
    own: unknown[];
    nested: unknown;
  };
  assert.deepEqual(nested, own);
  assert.deepEqual(own[3], context.clientBudget);
});

test("a function that the caller hands over runs with the caller's globals", async t => {
  const { engine } = await engineWith(t, {
    target: "name = 'target' return function(args) return args.ask(), name end",
    outer: `name = "outer" return function()
      local asked, own = vulcan.call("target-run", { ask = function() return name end })
      return vulcan.json.encode({ asked, own, name })
    end`,
  });
  assert.deepEqual(await both(engine, "outer-run"), ["outer", "target", "outer"]);
});

test("a target that waits does so without a thread, and its caller goes on as itself", async t => {
  const { engine, root } = await engineWith(t, {
    target: `${whoami} return function(args)
      local before = whoami()
      local answer = vulcan.host.call("later", { ms = args.ms })
      return { before = before, after = whoami(), answer = answer }
    end`,
    outer: `${whoami} return function(args)
      local ok, inner = pcall(vulcan.call, "target-run", args)
      return vulcan.json.encode({ inner = inner, outer = whoami() })
    end`,
  });
  engine.registerHostTool("later", {
    description: "",
    call: args => sleep((args as { ms: number }).ms, args),
  });
  const [outer, target] = [identity(root, "outer"), identity(root, "target")];
  const contents = await Promise.all([10, 1, 5, 0].map(ms => engine.call("outer-run", { ms })));
  assert.deepEqual(
    contents.map(({ content }) => JSON.parse(content)),
    [10, 1, 5, 0].map(ms => ({ inner: { before: target, after: target, answer: { ms } }, outer })),
  );
});

test("a target that waits inside coroutines of both sides goes on where it was", async t => {
  const { engine } = await engineWith(t, {
    target: `return function(args)
      local each = coroutine.wrap(function()
        for i = 1, 3 do coroutine.yield(vulcan.host.call("double", { i }).value) end
      end)
      return each() + each() + each(), vulcan.runtime.internal.tool_name
    end`,
    outer: `return function()
      local co = coroutine.create(function(a)
        local b = coroutine.yield(a)
        local sum, tool = vulcan.call("target-run", {})
        local c = coroutine.yield(tool)
        return b + c + sum, vulcan.runtime.internal.tool_name
      end)
      local seen = {}
      for i = 1, 3 do
        local results = { coroutine.resume(co, i) }
        for j = 1, #results do seen[#seen + 1] = results[j] end
        seen[#seen + 1] = vulcan.runtime.internal.tool_name
      end
      seen[#seen + 1] = coroutine.status(co)
      return vulcan.json.encode(seen)
    end`,
  });
  engine.registerHostTool("double", {
    description: "",
    call: async args => {
      await sleep(1);
      return Number((args as number[])[0]) * 2;
    },
  });
  const { content } = await engine.call("outer-run");
  assert.deepEqual(JSON.parse(content), [
    ...[true, 1, "outer-run"],
    ...[true, "target-run", "outer-run"],
    ...[true, 2 + 3 + 12, "outer-run", "outer-run"],
    "dead",
  ]);
});

test("a wait that fails in a target is an error there, and the caller can catch it", async t => {
  const large = "x".repeat(100_000);
  const { engine } = await engineWith(t, {
    target: "return function(args) return #vulcan.fs.read(args.path) end",
    outer: `return function(args)
      local ok, size = pcall(vulcan.call, "target-run", { path = args.file })
      local failed, message = pcall(vulcan.call, "target-run", { path = args.folder })
      return vulcan.json.encode({ ok, size, failed, message:match("^[^:]*: %w*"), vulcan.runtime.internal.tool_name })
    end`,
  });
  const folder = temporaryFolder(t);
  const file = join(folder, "large");
  writeFileSync(file, large);
  assert.deepEqual(await both(engine, "outer-run", { file, folder }), [
    true,
    large.length,
    false,
    "fs.read: EISDIR",
    "outer-run",
  ]);
});

const busy = "local stop = os.clock() + 0.02 while os.clock() < stop do end";

test("a target that computes for long moves to a lane, and its caller goes on there as itself", async t => {
  const { engine, root } = await engineWith(
    t,
    {
      target: `${whoami} return function() ${busy} local seen = whoami() ${busy} return seen end`,
      outer: `${whoami} return function()
        local target = vulcan.call("target-run", {})
        ${busy}
        local again = vulcan.call("target-run", {})
        return vulcan.json.encode({ target, again, whoami() })
      end`,
    },
    { inlineBudgetUs: 50 },
  );
  const [outer, target] = [identity(root, "outer"), identity(root, "target")];
  const calls = await Promise.all([1, 2, 3].map(() => engine.call("outer-run")));
  for (const { content } of calls) assert.deepEqual(JSON.parse(content), [target, target, outer]);
});

const endless = "return function() while true do pcall(function() while true do end end) end end";

test("a deadline ends a nested call that catches everything, and nothing of it is left", async t => {
  const { engine, root } = await engineWith(t, {
    target: endless,
    outer: `${whoami} return function(args)
      if args.fatal then pcall(vulcan.call, "target-run", {}) end
      return vulcan.json.encode(whoami())
    end`,
  });
  const expected = { name: "LuaError", code: "LUA_TIMEOUT", message: /^outer-run: / };
  await assert.rejects(engine.call("outer-run", { fatal: true }, { timeoutMs: 40 }), expected);
  assert.throws(() => engine.callSync("outer-run", { fatal: true }, { timeoutMs: 40 }), expected);
  assert.deepEqual(await both(engine, "outer-run"), identity(root, "outer"));
});

test("an abort ends a nested call, be it computing or waiting", async t => {
  const { engine } = await engineWith(t, {
    computing: endless,
    waiting: "return function() pcall(vulcan.host.call, 'never', {}) return '' end",
    outer: "return function(args) pcall(vulcan.call, args.name, {}) return 'survived' end",
  });
  engine.registerHostTool("never", { description: "", call: () => new Promise(() => {}) });
  for (const name of ["computing-run", "waiting-run"]) {
    const controller = new AbortController();
    const call = engine.call("outer-run", { name }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 15);
    await assert.rejects(call, { name: "LuaError", code: "LUA_ABORTED" });
  }
});

const recursive = `return function(args)
  if args.depth == 0 then return args.bottom and args.bottom() or "bottom" end
  args.depth = args.depth - 1
  return (vulcan.call("demo-run", args))
end`;

test("a skill may call itself, 64 levels deep; one that goes on is stopped with an error", async t => {
  const { engine } = await engineWith(t, { demo: recursive });
  assert.equal((await engine.call("demo-run", { depth: 64 })).content, "bottom");
  assert.equal(engine.callSync("demo-run", { depth: 64 }).content, "bottom");
  const expected = {
    name: "LuaError",
    code: "LUA_RUNTIME",
    message: "demo-run: call: demo-run: more than 64 calls are nested; does a skill call itself?",
  };
  await assert.rejects(engine.call("demo-run", { depth: 65 }), expected);
  assert.throws(() => engine.callSync("demo-run", { depth: 1e9 }), expected);
  assert.equal((await engine.call("demo-run", { depth: 1 })).content, "bottom");
});

test("the deepest level may wait and compute for long", async t => {
  const { engine } = await engineWith(
    t,
    {
      demo: recursive,
      outer: `return function()
        return vulcan.call("demo-run", { depth = 63, bottom = function()
          vulcan.host.call("later", {})
          ${busy}
          vulcan.host.call("later", {})
          return vulcan.runtime.internal.tool_name
        end })
      end`,
    },
    { inlineBudgetUs: 50 },
  );
  engine.registerHostTool("later", { description: "", call: () => sleep(1, {}) });
  assert.equal((await engine.call("outer-run")).content, "demo-run");
});

test("a target cannot yield to its caller's coroutines", async t => {
  const { engine, root } = await engineWith(t, {
    target: "return function() coroutine.yield(1) end",
    outer: `${whoami} return function()
      local co = coroutine.create(function() return pcall(vulcan.call, "target-run", {}) end)
      local _, ok, message = coroutine.resume(co)
      return vulcan.json.encode({ ok, message, coroutine.status(co), whoami() })
    end`,
  });
  assert.deepEqual(await both(engine, "outer-run"), [
    false,
    "call: target-run yielded, and no coroutine of its own was there to take it",
    "dead",
    identity(root, "outer"),
  ]);
});

/** One VM, so that what was initialised where is known. */
const oneVm = { pool: { minSize: 1, maxSize: 1 } };

test("a target is initialised once on a VM, whichever way it is reached first", async t => {
  const skills = {
    target: "count = (count or 0) + 1 return function() return tostring(count) end",
    outer: "return function() return vulcan.call('target-run', {}) .. vulcan.call('target-run', {}) end",
  };
  const { engine: nestedFirst } = await engineWith(t, skills, oneVm);
  assert.equal((await nestedFirst.call("outer-run")).content, "11");
  assert.equal((await nestedFirst.call("target-run")).content, "1");
  assert.equal(nestedFirst.callSync("target-run").content, "1");
  const { engine: directFirst } = await engineWith(t, skills, oneVm);
  assert.equal(directFirst.callSync("target-run").content, "1");
  assert.equal((await directFirst.call("outer-run")).content, "11");
});

test("while the body of a target's file runs, it belongs to nobody", async t => {
  const { engine, root } = await engineWith(
    t,
    {
      target: `${whoami}
        local context = vulcan.context
        local body = { who = whoami(), request = context.request, budget = context.client_budget,
          config = context.tool_config, info = context.client_info, result = context.host_result.enabled }
        return function() return body, whoami(), vulcan.context.client_budget end`,
      outer: `${whoami} return function()
        local body, own, budget = vulcan.call("target-run", {})
        return vulcan.json.encode({ body = body, own = own, budget = budget, outer = whoami() })
      end`,
    },
    oneVm,
  );
  const context = {
    requestContext: { clientInfo: { name: "x" }, clientCapabilities: { host_result: { enabled: true } } },
    clientBudget: { a: 1 },
    toolConfig: { b: 1 },
  };
  const { content } = await engine.call("outer-run", {}, { context });
  assert.deepEqual(JSON.parse(content), {
    body: { who: [], request: [], budget: [], config: [], result: false },
    own: identity(root, "target"),
    budget: { a: 1 },
    outer: identity(root, "outer"),
  });
});

test("the body of a target's file may wait and compute for long", async t => {
  const { engine, root } = await engineWith(
    t,
    {
      target: `${busy} local started = vulcan.process.exec("echo started").stdout ${busy}
        return function() return started:match("%w+") end`,
      outer: `${whoami} return function()
        return vulcan.json.encode({ vulcan.call("target-run", {}), whoami() })
      end`,
    },
    { inlineBudgetUs: 50 },
  );
  const { content } = await engine.call("outer-run");
  assert.deepEqual(JSON.parse(content), ["started", identity(root, "outer")]);
});

test("an error in the body of a target's file reaches the caller, and the next call tries again", async t => {
  const flag = join(temporaryFolder(t), "broken");
  const path = flag.replaceAll("\\", "/");
  const { engine, root } = await engineWith(
    t,
    {
      failing: `if vulcan.fs.exists("${path}") then error("not today") end return function() return "well" end`,
      empty: `if vulcan.fs.exists("${path}") then return 5 end return function() return "well" end`,
      outer: `${whoami} return function(args)
        local ok, outcome = pcall(vulcan.call, args.name, {})
        return vulcan.json.encode({ ok, outcome, whoami() })
      end`,
    },
    oneVm,
  );
  const problems = {
    "failing-run": "failing/runtime/run.lua:1: not today",
    "empty-run": "the file must return a function, but returned a value of type number",
  };
  const outer = identity(root, "outer");
  for (const [name, problem] of Object.entries(problems)) {
    writeFileSync(flag, "");
    assert.deepEqual(await both(engine, "outer-run", { name }), [false, problem, outer]);
    await assert.rejects(
      engine.call(name),
      error => error instanceof LuaError && error.message.endsWith(problem),
    );
    rmSync(flag);
    assert.deepEqual(await both(engine, "outer-run", { name }), [true, "well", outer]);
    assert.equal((await engine.call(name)).content, "well");
  }
  assert.equal(existsSync(flag), false);
});

test("a file whose body calls its own entry is stopped with an error", async t => {
  const flag = join(temporaryFolder(t), "recurse");
  const { engine } = await engineWith(t, {
    demo: `if vulcan.fs.exists("${flag.replaceAll("\\", "/")}") then vulcan.call("demo-run", {}) end
      return function() return "well" end`,
    outer: "return function() return vulcan.call('demo-run', {}) end",
  });
  writeFileSync(flag, "");
  await assert.rejects(engine.call("outer-run"), { message: /more than 64 calls are nested/ });
  rmSync(flag);
  assert.equal((await engine.call("outer-run")).content, "well");
});

test("code of an exec calls skills, but not the tool that started it nor another exec", async t => {
  const { engine, root } = await engineWith(t, {
    target: `${whoami} return function() return whoami() end`,
    through: "return function() return vulcan.call('starter-run', {}) end",
    "vulcan-runtime": {
      "skill.yaml": manifest(["lua-exec", "lua-file", "other"]),
      "runtime/lua-exec.lua": "return function() return 'exec' end",
      "runtime/lua-file.lua": "return function() return 'file' end",
      "runtime/other.lua": "return function() return 'other' end",
    },
    starter: `return function(args)
      return vulcan.runtime.lua.exec({ code = args.code })
    end`,
  });
  const report = async (code: string) => {
    const text = (await engine.call("starter-run", { code })).content;
    assert.equal(engine.callSync("starter-run", { code }).content, text);
    return text;
  };
  const values = await report("return vulcan.call('target-run', {})");
  assert.deepEqual(JSON.parse(/```json\n([\s\S]*)\n```/.exec(values)?.[1] ?? ""), identity(root, "target"));
  assert.match(await report("return vulcan.call('vulcan-runtime-other', {})"), /```text\nother\n```/);
  for (const name of ["starter-run", "through-run"]) {
    assert.match(
      await report(`return vulcan.call('${name}', {})`),
      /```text\nvulcan\.call cannot call the current luaexec caller tool 'starter-run'\n```/,
    );
  }
  for (const name of ["vulcan-runtime-lua-exec", "vulcan-runtime-lua-file"]) {
    assert.match(
      await report(`return vulcan.call('${name}', {})`),
      new RegExp(`\`\`\`text\nvulcan\\.call cannot invoke '${name}' inside luaexec\n\`\`\``),
    );
    assert.ok(engine.callSync(name).content);
  }
});
