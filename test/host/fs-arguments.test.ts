import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { expectBoth, luaBench } from "./lua.js";

const badPaths: [value: string, problem: string][] = [
  ["nil", "must be a string, got nil"],
  ["12", "must be a string, got integer"],
  ["1.5", "must be a string, got number"],
  ["true", "must be a string, got boolean"],
  ["{}", "must be a string, got table"],
  ["print", "must be a string, got function"],
  ["io.stdout", "must be a string, got userdata"],
  ["coroutine.create(print)", "must be a string, got thread"],
  ["1LL", "must be a string, got integer"],
  ["'a\\255'", "must be a valid UTF-8 string"],
  ["''", "must not be empty"],
  ["' '", "must not be empty"],
  ["'a\\0b'", "must not contain NUL bytes"],
  ["tostring({})", "looks like a coerced Lua object string"],
  ["tostring(print)", "looks like a coerced Lua object string"],
];

const pathParameters: [fn: string, parameter: string, call: (path: string) => string][] = [
  ["list", "path", path => `vulcan.fs.list(${path})`],
  ["read", "path", path => `vulcan.fs.read(${path})`],
  ["write", "path", path => `vulcan.fs.write(${path}, '')`],
  ["exists", "path", path => `vulcan.fs.exists(${path})`],
  ["is_dir", "path", path => `vulcan.fs.is_dir(${path})`],
  ["read_bytes", "path", path => `vulcan.fs.read_bytes(${path})`],
  ["write_bytes", "path", path => `vulcan.fs.write_bytes(${path}, 'YQ==')`],
  ["rename", "from", path => `vulcan.fs.rename(${path}, 'x')`],
  ["rename", "to", path => `vulcan.fs.rename('x', ${path})`],
  ["remove", "path", path => `vulcan.fs.remove(${path})`],
  ["mkdir", "path", path => `vulcan.fs.mkdir(${path})`],
  ["copy", "src", path => `vulcan.fs.copy(${path}, 'x')`],
  ["copy", "dst", path => `vulcan.fs.copy('x', ${path})`],
  ["stat", "path", path => `vulcan.fs.stat(${path})`],
];

test("every path is checked before anything is done", async t => {
  const bench = await luaBench(t);
  for (const [fn, parameter, call] of pathParameters) {
    for (const [value, problem] of badPaths) {
      await expectBoth(bench, `return ${call(value)}`, `error: fs.${fn}: ${parameter} ${problem}`);
    }
  }
});

const badArguments: [call: string, problem: string][] = [
  ["write(args.folder .. '/x')", "fs.write: content must be a string, got nil"],
  ["write(args.folder .. '/x', '\\255')", "fs.write: content must be a valid UTF-8 string"],
  ["write(args.folder .. '/x', 1)", "fs.write: content must be a string, got integer"],
  ["write(args.folder .. '/x', 'a\\0b')", "fs.write: content must not contain NUL bytes"],
  ["write_bytes(args.folder .. '/x')", "fs.write_bytes: base64 must be a string, got nil"],
  ["write_bytes(args.folder .. '/x', ' ')", "fs.write_bytes: base64 must not be empty"],
  ["write_bytes(args.folder .. '/x', '!')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', 'YQ')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', 'YR==')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', 'YQ==\\n')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', '_-8=')", "fs.write_bytes: base64 decode failed"],
  ["remove(args.folder, true)", "fs.remove: options must be a table, got boolean"],
  [
    "remove(args.folder, { recursive = 'yes' })",
    "fs.remove: options.recursive must be a boolean, got string",
  ],
  ["mkdir(args.folder, { recursive = 1 })", "fs.mkdir: options.recursive must be a boolean, got integer"],
  ["copy('a', 'b', { overwrite = {} })", "fs.copy: options.overwrite must be a boolean, got table"],
];

test("other arguments are checked as well, and nothing is written", async t => {
  const bench = await luaBench(t);
  for (const [call, problem] of badArguments) {
    await expectBoth(bench, `return vulcan.fs.${call}`, `error: ${problem}`);
  }
  assert.deepEqual(readdirSync(bench.folder), []);
});
