import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { LuaVm } from "luaskills/vm";

const folder = mkdtempSync(path.join(tmpdir(), "luaskills-libraries-"));
after(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | Buffer): string => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};
/** Bytecode as LuaJIT writes it. */
const bytecode = `\u001bLJ\u0002`;
const REFUSED = "only chunks of text can be loaded, not bytecode";

test("it is LuaJIT with the 5.2 extensions", () => {
  const vm = new LuaVm();
  assert.match(String(vm.evalSync("return jit.version")), /^LuaJIT 2\.1/);
  assert.deepEqual(
    vm.evalSync(`
      local packed = table.pack(1, nil, 3)
      local t = setmetatable({}, { __len = function() return 7 end, __pairs = function() return next, { k = 1 } end })
      for i = 1, 2 do if i == 1 then goto continue end ::continue:: end
      return { packed.n, #t, (next({ table.unpack({ 5 }) })), select(2, load("return 1")()), require("bit").band(6, 3), require("ffi").sizeof("int64_t") }`),
    [3, 7, 1, null, 2, 8],
  );
});

describe('libs: "safe"', () => {
  const newVm = () => new LuaVm({ libs: "safe" });

  test("has what cannot reach the host", () => {
    const missing = newVm().evalSync(`
      local missing = {}
      for _, name in ipairs({ "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget",
          "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall", "string", "table", "math", "bit",
          "coroutine", "os" }) do
        if _G[name] == nil then missing[#missing + 1] = name end
      end
      return missing`);
    assert.deepEqual(missing, []);
    assert.deepEqual(
      newVm().evalSync("local t = {} for k in pairs(os) do t[#t + 1] = k end table.sort(t) return t"),
      ["clock", "date", "difftime", "time"],
    );
  });

  test("has nothing that loads code, touches files or opens the VM", () => {
    const found = newVm().evalSync(`
      local found = {}
      for _, name in ipairs({ "load", "loadstring", "loadfile", "dofile", "require", "module", "package", "io", "debug", "jit", "ffi" }) do
        if _G[name] ~= nil then found[#found + 1] = name end
      end
      if string.dump then found[#found + 1] = "string.dump" end
      if getmetatable("").__index.dump then found[#found + 1] = "dump of a string" end
      if os.getenv or os.execute or os.remove or os.exit then found[#found + 1] = "os" end
      return found`);
    assert.deepEqual(found, []);
  });

  test("lets no forbidden library be reached from what is there", () => {
    const reached = newVm().evalSync(`
      local reached, seen = {}, {}
      local forbidden = { loadstring = 1, loadfile = 1, dofile = 1, require = 1, loadlib = 1, popen = 1, execute = 1, getregistry = 1, cdef = 1, dump = 1 }
      local function walk(value, path)
        if type(value) ~= "table" or seen[value] then return end
        seen[value] = true
        for k, v in next, value do
          if forbidden[k] then reached[#reached + 1] = path .. tostring(k) end
          walk(v, path .. tostring(k) .. ".")
        end
        walk(getmetatable(value), path .. "(metatable).")
      end
      walk(_G, "")
      walk(getmetatable(""), "string.")
      for level = 0, 2 do
        local ok, environment = pcall(getfenv, level)
        if ok then walk(environment, "getfenv.") end
      end
      walk(getfenv(print), "getfenv(print).")
      walk(getfenv(coroutine.wrap), "getfenv(coroutine.wrap).")
      return reached`);
    assert.deepEqual(reached, []);
  });

  test("works with host functions, waits and the JIT", async () => {
    const vm = newVm();
    vm.register("later", async (n: number) => n * 2);
    assert.equal(await vm.eval("local s = 0 for i = 1, 1e7 do s = s + 1 end return s + later(1)"), 10000002);
  });
});

describe("chunks are text only", () => {
  test("in load, loadstring and string.dump's output", () => {
    const vm = new LuaVm();
    for (const attempt of [
      "load(string.dump(function() end))",
      "loadstring(string.dump(function() end))",
      "load(string.dump(function() end), 'name', 'b')",
      "load(string.dump(function() end), 'name', 'bt')",
      "load('return 1', 'name', 'b')",
      "(function() local code, i = string.dump(function() end), 0 return load(function() i = i + 1 return code:sub(i, i) end) end)()",
    ]) {
      assert.deepEqual(
        vm.evalSync(`local f, message = ${attempt} return { f == nil, message }`),
        [true, REFUSED],
        attempt,
      );
    }
    assert.equal(vm.evalSync("return load('return ...', 'name', 't', {})(5)"), 5);
    assert.equal(vm.evalSync("return load('return x', 'name', 'bt', { x = 6 })()"), 6);
  });

  test("in files", () => {
    const vm = new LuaVm();
    vm.evalSync(
      "local f = io.open(args .. '/compiled.lua', 'wb') f:write(string.dump(function() return 1 end)) f:close()",
      folder,
    );
    const file = path.join(folder, "compiled.lua");
    assert.deepEqual(vm.evalSync("return { loadfile(args) }", file), [null, REFUSED]);
    assert.deepEqual(vm.evalSync("return { pcall(dofile, args) }", file), [false, REFUSED]);
    assert.throws(
      () => vm.evalSync("package.path = args .. '/?.lua' require('compiled')", folder),
      (error: Error) => error.message.includes(REFUSED),
    );
  });

  test("in what JavaScript gives", async () => {
    const vm = new LuaVm();
    assert.throws(() => vm.evalSync(bytecode), { code: "LUA_SYNTAX" });
    assert.throws(() => vm.loadSync(bytecode), { code: "LUA_SYNTAX", message: REFUSED });
    await assert.rejects(vm.load(bytecode), { code: "LUA_SYNTAX", message: REFUSED });
  });
});

describe("files and modules", () => {
  test("loadfile gives a function or nil with the reason", () => {
    const vm = new LuaVm();
    const file = write("chunk.lua", "return ..., 'more'");
    assert.deepEqual(vm.evalSync("return { assert(loadfile(args))('a') }", file), ["a", "more"]);
    assert.match(
      String(vm.evalSync("return select(2, loadfile(args))", write("bad.lua", "x ="))),
      /bad\.lua:1: /,
    );
    assert.equal(vm.evalSync("return (loadfile('/no/such/file'))"), null);
    assert.match(String(vm.evalSync("return select(2, loadfile())")), /a file name is needed/);
    assert.equal(
      vm.evalSync("return loadfile(args, 't', { x = 'own' })()", write("env.lua", "return x")),
      "own",
    );
  });

  test("a file may begin with a #! line", () => {
    assert.equal(
      new LuaVm().evalSync("return dofile(args)", write("script.lua", "#!/usr/bin/lua\nreturn 'ran'")),
      "ran",
    );
  });

  test("dofile returns every result and raises the file's error with its place", () => {
    const vm = new LuaVm();
    assert.deepEqual(vm.evalSync("return { dofile(args) }", write("many.lua", "return 1, nil, 3")), [
      1,
      null,
      3,
    ]);
    const file = write("fails.lua", "\nerror('in the file')");
    assert.throws(() => vm.evalSync("dofile(args)", file), {
      line: 2,
      message: /fails\.lua:2: in the file$/,
    });
  });

  test("require loads once, passes the name, and keeps what package.loaded says", () => {
    const vm = new LuaVm();
    write("module_a.lua", "loads = (loads or 0) + 1 return { name = ... }");
    write("module_b.lua", "package.loaded[...] = 'set by itself'");
    write("module_c.lua", "return nil");
    assert.deepEqual(
      vm.evalSync(
        `package.path = args .. "/?.lua"
         local a = require("module_a")
         return { a.name, a == require("module_a"), loads, require("module_b"), require("module_c"), package.loaded.module_c }`,
        folder,
      ),
      ["module_a", true, 1, "set by itself", true, true],
    );
  });

  test("require in a circle, of a failing and of a missing module are errors", () => {
    const vm = new LuaVm();
    write("circle_a.lua", "return require('circle_b')");
    write("circle_b.lua", "return require('circle_a')");
    write("broken.lua", "x =");
    const failure = (name: string) =>
      String(
        vm.evalSync("package.path = args[1] .. '/?.lua' return select(2, pcall(require, args[2]))", [
          folder,
          name,
        ]),
      );
    assert.match(failure("circle_a"), /loop or previous error loading module 'circle_a'/);
    assert.match(failure("broken"), /error loading module 'broken' from file .*broken\.lua:1: /s);
    assert.match(failure("missing_one"), /module 'missing_one' not found:/);
    assert.match(String(vm.evalSync("return select(2, pcall(require))")), /bad argument #1 to 'require'/);
  });

  test("package.preload and package.loaders are honoured", () => {
    const vm = new LuaVm();
    assert.deepEqual(
      vm.evalSync(`
        package.preload.made = function(name) return "preloaded " .. name end
        table.insert(package.loaders, 1, function(name) if name == "virtual" then return function() return "from a loader" end end return "" end)
        return { require("made"), require("virtual") }`),
      ["preloaded made", "from a loader"],
    );
  });
});

describe("os and debug", () => {
  test("os.exit is an error, not the end of the process", async () => {
    const vm = new LuaVm();
    for (const code of ["os.exit()", "os.exit(0)", "os.exit(true, true)"]) {
      assert.throws(() => vm.evalSync(code), {
        code: "LUA_RUNTIME",
        message: "eval:1: os.exit: Lua code cannot end the host process",
      });
    }
    await assert.rejects(vm.eval("os.exit(1)", null, { start: "lane" }), { code: "LUA_RUNTIME" });
  });

  test("debug.getregistry shows the loaded modules and nothing of the runtime", () => {
    const vm = new LuaVm();
    assert.deepEqual(
      vm.evalSync(
        "local r = debug.getregistry() local keys = {} for k in pairs(r) do keys[#keys + 1] = k end return { keys, r._LOADED == package.loaded }",
      ),
      [["_LOADED"], true],
    );
    assert.equal(vm.evalSync("return debug.debug == nil and jit.attach == nil"), true);
  });

  test("debug.sethook gives call, return, line and count events and gethook tells them", () => {
    const vm = new LuaVm();
    const events = vm.evalSync(`
      local seen = {}
      local function f() return 1 end
      debug.sethook(function(event, line) seen[event] = (seen[event] or 0) + 1 if event == "line" then seen.last = line end end, "crl", 10)
      local _, mask, count = debug.gethook()
      f()
      for i = 1, 100 do end
      debug.sethook()
      return { seen.call > 0, seen["return"] > 0, seen.line > 0, seen.count > 0, mask, count, debug.gethook() == nil }`);
    assert.deepEqual(events, [true, true, true, true, "crl", 10, true]);
  });

  test("an error in a hook is the program's error", () => {
    const vm = new LuaVm();
    assert.throws(
      () =>
        vm.evalSync("debug.sethook(function() error('from the hook', 0) end, 'l')\nlocal x = 1\nreturn x"),
      {
        code: "LUA_RUNTIME",
        message: "from the hook",
      },
    );
    assert.equal(vm.evalSync("local x = 1\nreturn x"), 1);
  });

  test("upvalues and metatables that Lua code tampers with break at most its own VM", async () => {
    const vm = new LuaVm();
    vm.register("later", async () => 1);
    vm.evalSync(`
      for _, f in ipairs({ coroutine.resume, coroutine.wrap, coroutine.yield, load, require }) do
        for i = 1, 20 do if not debug.getupvalue(f, i) then break end debug.setupvalue(f, i, function() end) end
      end
      debug.setmetatable(nil, { __index = function() return nil end })
      debug.setmetatable(print, { __index = error, __call = error })
      getmetatable("").__index = nil`);
    for (const code of [
      "return later()",
      "return coroutine.wrap(later)()",
      "coroutine.yield()",
      "return load('return 1')()",
      "return ('x'):rep(3)",
    ]) {
      for (const start of ["inline", "lane"] as const)
        await vm.eval(code, null, { start, timeoutMs: 1000 }).catch(() => {});
    }
    vm.close();
    assert.equal(new LuaVm().evalSync("return ('x'):rep(3)"), "xxx");
  });
});

test("json.object and json.array mark copies, and say what they did not get", () => {
  const vm = new LuaVm();
  vm.openJson("json");
  const code = `local t = { a = {} } local o = json.object(t) local a = json.array()
    return { json.encode(o), json.encode(a), json.encode(json.object()), rawequal(o, t), rawequal(o.a, t.a) }`;
  assert.deepEqual(vm.evalSync(code), ['{"a":[]}', "[]", "{}", false, true]);
  assert.throws(() => vm.evalSync("json.array(1)"), {
    message: /json\.array: t must be a table, got number/,
  });
  vm.close();
});

test("json.decode with int64 opens ffi where it may", () => {
  const text = "[9223372036854775807]";
  const vm = new LuaVm();
  vm.openJson("json");
  assert.equal(vm.evalSync("return json.encode(json.decode(args, { int64 = true }))", text), text);
  vm.close();
  const safe = new LuaVm({ libs: "safe" });
  safe.openJson("json");
  assert.throws(() => safe.evalSync("json.decode(args, { int64 = true })", text), {
    message: /needs the ffi library/,
  });
  safe.close();
});
