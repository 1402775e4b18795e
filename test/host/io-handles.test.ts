import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expectBoth, luaBench } from "./lua.js";

const gbk = Buffer.from([0xd6, 0xd0, 0xce, 0xc4]); // 中文

/** `local f` opened on a file of the folder of the run. */
const open = (name: string, ...args: string[]) =>
  `local f = vulcan.io.open(args.folder .. '/${name}'${args.map(arg => `, ${arg}`).join("")}) `;

const openErrors: [code: string, problem: string | RegExp][] = [
  ["vulcan.io.open()", "vulcan.io.open: path must be a string, got nil"],
  ["vulcan.io.open(tostring({}))", "vulcan.io.open: path looks like a coerced Lua object string"],
  ["vulcan.io.open(args.folder .. '/none')", /^error: vulcan\.io\.open: ENOENT: .*none/],
  ["vulcan.io.open(args.folder .. '/none', 'r+')", /^error: vulcan\.io\.open: ENOENT: .*none/],
  ["vulcan.io.open(args.folder .. '/none/x', 'w')", /^error: vulcan\.io\.open: ENOENT: .*none/],
  ["vulcan.io.open(args.folder .. '/none/x', 'a')", /^error: vulcan\.io\.open: ENOENT: .*none/],
  ["vulcan.io.open(args.folder)", /^error: vulcan\.io\.open: EISDIR: /],
  ["vulcan.io.open(args.folder, 'w')", /^error: vulcan\.io\.open: EISDIR: /],
  ["vulcan.io.open('x', 5)", "vulcan.io.open: mode must be a string, got integer"],
  ["vulcan.io.open('x', 'x')", 'vulcan.io.open: mode must be r, w or a, with + or b behind it, got "x"'],
  ["vulcan.io.open('x', 'rw')", 'vulcan.io.open: mode must be r, w or a, with + or b behind it, got "rw"'],
  ["vulcan.io.open('x', 'r', 'klingon')", "vulcan.io.open: unsupported text encoding `klingon`"],
  ["vulcan.io.lines(args.folder .. '/none')", /^error: vulcan\.io\.lines: ENOENT: .*none/],
  ["vulcan.io.lines()", "vulcan.io.lines: path must be a string, got nil"],
];

test("opening raises what is wrong", async t => {
  const bench = await luaBench(t);
  for (const [code, problem] of openErrors) {
    await expectBoth(bench, `return ${code}`, typeof problem === "string" ? `error: ${problem}` : problem);
  }
  assert.deepEqual(readdirSync(bench.folder), []);
});

test("a handle reads lines, bytes and the rest", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "one\r\ntwo\n\nlast");
  writeFileSync(join(bench.folder, "empty"), "");
  const cases: [file: string, formats: string, expected: unknown[]][] = [
    ["file", "", ["one"]],
    ["file", "'*l', 'l', '*l', 'l'", ["one", "two", "", "last"]],
    ["file", "'L', '*L'", ["one\r\n", "two\n"]],
    ["file", "3, 2, 'l'", ["one", "\r\n", "two"]],
    ["file", "0, 100, 0", ["", "one\r\ntwo\n\nlast"]],
    ["file", "'a', '*a', 'l'", ["one\r\ntwo\n\nlast", ""]],
    ["empty", "'*a'", [""]],
    ["empty", "", []],
    ["empty", "0", []],
  ];
  for (const [file, formats, expected] of cases) {
    await expectBoth(bench, `${open(file)} return { f:read(${formats}) }`, expected);
  }
  await expectBoth(bench, `${open("file", "'rb'")} return f:read()`, "one\r");
  await expectBoth(bench, `${open("file")} return select('#', f:read('a', 'l', 'l'))`, 2);
});

test("a handle reads in its encoding", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), Buffer.concat([gbk, Buffer.from("\n"), gbk]));
  await expectBoth(bench, `${open("file", "'r'", "'gbk'")} return { f:read('l', 3, 'a') }`, [
    "中文",
    "中",
    "文",
  ]);
  await expectBoth(bench, `${open("file", "'r'", "'bytes'")} return { f:read('l', 2, 'a') }`, [
    "1tDOxA==",
    "1tA=",
    "zsQ=",
  ]);
});

test("binary files are bytes, whatever they are", async t => {
  const bench = await luaBench(t);
  const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 255));
  writeFileSync(join(bench.folder, "file"), bytes);
  const code = `
    ${open("file", "'rb'")}
    local content = f:read('a')
    local g = vulcan.io.open(args.folder .. '/copy', 'wb')
    g:write(content:sub(1, 200), content:sub(201))
    g:close()
    return { #content, content:byte(256), content:byte(257) }`;
  await expectBoth(bench, code, [512, 255, 0]);
  assert.deepEqual(readFileSync(join(bench.folder, "copy")), bytes);
});

test("lines come one by one, from a handle, a path, and with formats", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "a\nb\r\n\nc");
  const collect = "local all = {} for line in lines do all[#all + 1] = line end return all";
  await expectBoth(bench, `local lines = vulcan.io.lines(args.folder .. '/file') ${collect}`, [
    "a",
    "b",
    "",
    "c",
  ]);
  await expectBoth(bench, `${open("file")} local lines = f:lines() ${collect}`, ["a", "b", "", "c"]);
  await expectBoth(bench, `${open("file")} local lines = f:lines('L') ${collect}`, [
    "a\n",
    "b\r\n",
    "\n",
    "c",
  ]);
  await expectBoth(bench, `${open("file")} local lines = f:lines(3) ${collect}`, ["a\nb", "\r\n\n", "c"]);
  writeFileSync(join(bench.folder, "gbk"), Buffer.concat([gbk, Buffer.from("\n")]));
  await expectBoth(bench, `local lines = vulcan.io.lines(args.folder .. '/gbk', 'gbk') ${collect}`, ["中文"]);
});

test("what is written is on the disk after flush or close, not before", async t => {
  const bench = await luaBench(t);
  const prepare = () => rmSync(join(bench.folder, "file"), { force: true });
  const read = "vulcan.fs.exists(args.folder .. '/file') and vulcan.fs.read(args.folder .. '/file')";
  const code = `
    ${open("file", "'w'")}
    f:write('a', 1, true):write('b')
    local before = ${read}
    local flushed = f:flush()
    local middle = ${read}
    f:write('c')
    return { before, flushed, middle, f:close(), ${read} }`;
  await expectBoth(bench, code, [false, true, "a1trueb", true, "a1truebc"], prepare);
});

test("a file opened for writing is there when it is closed, empty when nothing was written", async t => {
  const bench = await luaBench(t);
  for (const mode of ["w", "w+", "wb", "a", "a+"]) {
    await expectBoth(bench, `${open(`new-${mode}`, `'${mode}'`)} return f:close()`, true);
    assert.equal(readFileSync(join(bench.folder, `new-${mode}`), "utf8"), "");
    writeFileSync(join(bench.folder, "old"), "old");
    await expectBoth(bench, `${open("old", `'${mode}'`)} return f:close()`, true);
    assert.equal(readFileSync(join(bench.folder, "old"), "utf8"), mode.startsWith("w") ? "" : "old");
  }
});

test("a handle that is only read leaves the file alone", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "old");
  const code = `${open("file", "'r+'")} f:read() vulcan.fs.write(args.folder .. '/file', 'new') return f:close()`;
  await expectBoth(bench, code, true);
  assert.equal(readFileSync(join(bench.folder, "file"), "utf8"), "new");
});

test("appending adds to what is there by then", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  const prepare = () => writeFileSync(file, "1");
  const code = (mode: string) => `
    ${open("file", `'${mode}'`)}
    f:write('2') f:flush()
    vulcan.io.append_text(args.folder .. '/file', 'x')
    f:seek('set')
    f:write('3')
    f:close()
    return vulcan.fs.read(args.folder .. '/file')`;
  for (const mode of ["a", "a+", "ab"]) await expectBoth(bench, code(mode), "12x3", prepare);
  const read = `${open("file", "'a+'")} local old = f:read('a') f:write('b') f:seek('set') return { old, f:read('a') }`;
  await expectBoth(bench, read, ["1", "1b"], prepare);
});

test("update modes read and write at one position", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  const prepare = () => writeFileSync(file, "abcdef");
  const result =
    "f:seek('set') local all = f:read('a') f:close() return { all, vulcan.fs.read(args.folder .. '/file') }";
  const cases: [mode: string, code: string, expected: string][] = [
    ["r+", "f:write('X')", "Xbcdef"],
    ["r+", "f:read(2) f:write('XY')", "abXYef"],
    ["r+", "f:seek('end') f:write('g', 'h')", "abcdefgh"],
    ["r+", "f:seek('end', -1) f:write('XYZ')", "abcdeXYZ"],
    ["r+b", "f:seek('set', 3) f:write('X')", "abcXef"],
    ["rb+", "f:seek('set', 3) f:write('X') f:write('Y')", "abcXYf"],
    ["w+", "f:write('new')", "new"],
    ["w+", "f:write('new') f:seek('set', 1) f:write('o')", "now"],
  ];
  for (const [mode, code, expected] of cases) {
    await expectBoth(bench, `${open("file", `'${mode}'`)} ${code} ${result}`, [expected, expected], prepare);
  }
});

test("positions are bytes from the start, between the start and the end", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "abcdef");
  const cases: [code: string, expected: unknown][] = [
    [
      "return { f:seek(), f:seek('end'), f:seek('set', 2), f:seek('cur', 1), f:seek('cur') }",
      [0, 6, 2, 3, 3],
    ],
    ["return { f:seek('set', 100), f:seek('end', -2), f:read('a') }", [6, 4, "ef"]],
    ["f:seek('set', -1)", "error: file:seek: there is nothing before the start of a file"],
    ["f:seek('middle')", 'error: file:seek: whence must be "set", "cur" or "end", got middle'],
    ["f:seek('set', 'x')", "error: file:seek: offset must be an integer, got string"],
    ["f:seek('set', 0.5)", "error: file:seek: offset must be an integer, got number"],
  ];
  for (const [code, expected] of cases) await expectBoth(bench, open("file") + code, expected);
});

test("a handle says what cannot be done with it", async t => {
  const bench = await luaBench(t);
  const prepare = () => writeFileSync(join(bench.folder, "file"), "text");
  const cases: [mode: string, code: string, expected: string][] = [
    ["r", "f:write('x')", "error: file:write: the file is not open for writing"],
    ["w", "f:read()", "error: file:read: the file is not open for reading"],
    ["a", "f:lines()", "error: file:lines: the file is not open for reading"],
    ["r", "f:read('*n')", 'error: file:read: unsupported format "*n"'],
    ["r", "f:read('x')", 'error: file:read: unsupported format "x"'],
    ["r", "f:read(-1)", "error: file:read: unsupported format -1"],
    ["r", "f:read(1.5)", "error: file:read: unsupported format 1.5"],
    ["r", "f:read({})", "error: file:read: unsupported format table"],
    ["w", "f:write(nil)", "error: file:write: value 1 must be a string, number or boolean, got nil"],
    ["w", "f:write('x', {})", "error: file:write: value 2 must be a string, number or boolean, got table"],
    ["r", "f:close() f:read()", "error: file:read: the file is closed"],
    ["w", "f:close() f:write('x')", "error: file:write: the file is closed"],
    ["w", "f:close() f:flush()", "error: file:flush: the file is closed"],
    ["r", "f:close() f:seek()", "error: file:seek: the file is closed"],
    ["r", "local lines = f:lines() f:close() lines()", "error: file:lines: the file is closed"],
    ["r", "f.read()", "error: file:read: must be called as a method of a file, got nil"],
    ["r", "f.read({})", "error: file:read: must be called as a method of a file, got table"],
  ];
  for (const [mode, code, expected] of cases) {
    prepare();
    const value = await bench.run(open("file", `'${mode}'`) + code);
    assert.equal(String(value).replace(/table: 0x\w+/, "table"), expected, code);
  }
  await expectBoth(bench, `${open("file")} return { f:setvbuf('no'), f:close(), f:close() }`, [
    true,
    true,
    true,
  ]);
  await expectBoth(bench, `${open("file")} return { type(f), (tostring(f):gsub('0x%x+', 'address')) }`, [
    "userdata",
    "file (address)",
  ]);
  await expectBoth(bench, `${open("file")} f:close() return tostring(f)`, "file (closed)");
});

test("text that is none is refused when it is to be written, and the file stays as it was", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "old");
  await expectBoth(
    bench,
    `${open("file", "'w'")} f:write('\\255') f:close()`,
    "error: file:flush: content must be valid UTF-8 text; open the file with b to write bytes",
  );
  await expectBoth(
    bench,
    `${open("file", "'w'", "'latin1'")} f:write('中') f:close()`,
    "error: file:flush: content has characters that latin1 cannot express",
  );
  await expectBoth(
    bench,
    `${open("file", "'w'", "'base64'")} f:write('!')`,
    "error: file:write: content is not valid base64",
  );
  assert.equal(readFileSync(join(bench.folder, "file"), "utf8"), "old");
});

test("a character may come in two writes, and base64 in pieces of its own", async t => {
  const bench = await luaBench(t);
  await expectBoth(bench, `${open("file", "'w'")} f:write('\\195') f:write('\\164') return f:close()`, true);
  assert.equal(readFileSync(join(bench.folder, "file"), "utf8"), "ä");
  await expectBoth(bench, `${open("file", "'w'", "'bytes'")} f:write('YQ==', '/w==') return f:close()`, true);
  assert.deepEqual(readFileSync(join(bench.folder, "file")), Buffer.from([0x61, 0xff]));
});

test("a text file that would not come out as it went in is not opened for an update", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  writeFileSync(file, Buffer.from([0x61, 0xff]));
  const problem = `error: vulcan.io.open: ${file} is not all utf-8, and writing it back would change it; open it with b`;
  await expectBoth(bench, open("file", "'r+'"), problem);
  await expectBoth(bench, `${open("file", "'r+b'")} return #f:read('a')`, 2);
  await expectBoth(bench, `${open("file", "'a+'")} return f:close()`, true);
  assert.deepEqual(readFileSync(file), Buffer.from([0x61, 0xff]));
});

test("a temporary file is written, read, and leaves nothing", async t => {
  const bench = await luaBench(t);
  const code = `
    local f = vulcan.io.tmpfile()
    f:write('one\\n', 'two')
    f:seek('set')
    return { f:read(), f:read('a'), f:flush(), f:close() }`;
  await expectBoth(bench, code, ["one", "two", true, true]);
});

test("many small writes and reads of one handle are one file", async t => {
  const bench = await luaBench(t);
  const code = `
    ${open("file", "'w+'")}
    for i = 1, 20000 do f:write(i, '\\n') end
    f:seek('set')
    local sum = 0
    for line in f:lines() do sum = sum + tonumber(line) end
    f:close()
    return sum`;
  await expectBoth(bench, code, (20_000 * 20_001) / 2);
  assert.equal(readFileSync(join(bench.folder, "file"), "utf8").split("\n").length, 20_001);
});
