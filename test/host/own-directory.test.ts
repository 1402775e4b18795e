import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { execBench } from "./exec.js";

test("relative paths hang off the directory of the exec, whatever opens them", async t => {
  const exec = await execBench(t);
  mkdirSync(join(exec.folder, "sub"));
  writeFileSync(join(exec.folder, "sub/module.lua"), "return { name = ..., file = 'module' }");
  writeFileSync(join(exec.folder, "chunk.lua"), "return 'chunk', ...");
  const cases: [code: string, expected: unknown][] = [
    ["return dofile('chunk.lua')", "chunk"],
    ["return { loadfile('chunk.lua')(5) }", ["chunk", 5]],
    ["return (select(2, loadfile('none.lua')):gsub(': .*', ''))", `cannot open ${exec.folder}/none.lua`],
    ["return require('sub.module').file", "module"],
    ["return require('sub.module') == require('sub.module')", true],
    ["return package.searchpath('sub.module', './?.lua;?.lua')", `${exec.folder}/./sub/module.lua`],
    ["return package.searchpath('none', 'a/?.lua')", undefined],
    ["return (select(2, package.searchpath('none', 'a/?.lua')))", `\n\tno file '${exec.folder}/a/none.lua'`],
    ["return vulcan.fs.write('new', 'x')", undefined],
    ["return os.rename('new', 'newer')", true],
    ["return vulcan.fs.exists('newer')", true],
    ["return os.remove('newer')", true],
    ["return select(2, os.remove('newer'))", `${exec.folder}/newer: No such file or directory`],
    ["return vulcan.runtime.cwd()", exec.folder],
    ["return vulcan.fs.stat('.').kind", "dir"],
    ["return vulcan.fs.copy('sub', 'copy') and vulcan.fs.list('copy')", ["module.lua"]],
    ["return vulcan.fs.remove('copy', { recursive = true })", true],
    ["return vulcan.io.write_text('text', 'y') and vulcan.io.read_text('text')", "y"],
    ["return vulcan.fs.remove(args.folder .. '/text')", true],
  ];
  for (const [code, expected] of cases) assert.deepEqual(await exec.run(code), expected, code);
  assert.deepEqual(readdirSync(exec.folder).sort(), [".main.lua", "chunk.lua", "sub"]);
});

test("wrong arguments are refused as the native functions refuse them", async t => {
  const exec = await execBench(t);
  const cases: [code: string, expected: RegExp][] = [
    ["os.remove()", /bad argument #1 to '.*' \(string expected, got .*\)$/],
    ["os.rename('a')", /bad argument #2 to '.*' \(string expected, got .*\)$/],
    ["dofile({})", /^error: /],
    ["package.searchpath('a', {})", /bad argument #2 to '.*' \(string expected, got table\)$/],
    ["require('none')", /module 'none' not found:/],
    ["require({})", /bad argument #1 to 'require' \(string expected, got table\)$/],
  ];
  for (const [code, expected] of cases) assert.match(String(await exec.run(code)), expected, code);
});

test("a module with a mistake is named with its file", async t => {
  const exec = await execBench(t);
  writeFileSync(join(exec.folder, "broken.lua"), "x x");
  const value = await exec.run("require('broken')");
  assert.match(String(value), /^error: error loading module 'broken' from file '.*\/broken\.lua':$/);
});
