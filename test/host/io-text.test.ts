import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expectBoth, luaBench } from "./lua.js";

const gbk = Buffer.from([0xd6, 0xd0, 0xce, 0xc4]); // 中文

test("text of a file is read and written in an encoding", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  for (const options of ["'gbk'", "{ encoding = 'GBK' }", "'cp936'", "'gb18030'"]) {
    writeFileSync(file, gbk);
    await expectBoth(bench, `return vulcan.io.read_text(args.folder .. '/file', ${options})`, "中文");
    await expectBoth(bench, `return vulcan.io.write_text(args.folder .. '/out', '中文', ${options})`, true);
    assert.deepEqual(readFileSync(join(bench.folder, "out")), gbk);
  }
  writeFileSync(file, "Grüße");
  await expectBoth(bench, "return vulcan.io.read_text(args.folder .. '/file')", "Grüße");
  await expectBoth(bench, "return vulcan.io.read_text(args.folder .. '/file', {})", "Grüße");
  await expectBoth(bench, "return vulcan.io.read_text(args.folder .. '/file', 'base64')", "R3LDvMOfZQ==");
  await expectBoth(
    bench,
    "return vulcan.io.write_text(args.folder .. '/out', 'R3LDvMOfZQ==', 'bytes')",
    true,
  );
  assert.equal(readFileSync(join(bench.folder, "out"), "utf8"), "Grüße");
  await expectBoth(bench, "return vulcan.io.write_text(args.folder .. '/out', '')", true);
  assert.equal(readFileSync(join(bench.folder, "out"), "utf8"), "");
});

test("the encoding that the host set is the default", async t => {
  const bench = await luaBench(t, { defaultTextEncoding: "gbk" });
  writeFileSync(join(bench.folder, "file"), gbk);
  await expectBoth(bench, "return vulcan.io.read_text(args.folder .. '/file')", "中文");
  await expectBoth(bench, "return vulcan.io.open(args.folder .. '/file'):read('*a')", "中文");
  await expectBoth(bench, "return #vulcan.io.read_text(args.folder .. '/file', 'latin1')", 8);
});

test("reading text gives U+FFFD for what means nothing; large files are read whole", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), Buffer.from([0x61, 0xff, 0x62]));
  await expectBoth(bench, "return vulcan.io.read_text(args.folder .. '/file')", "a\ufffdb");
  writeFileSync(join(bench.folder, "large"), "ä".repeat(100_000));
  await expectBoth(bench, "return #vulcan.io.read_text(args.folder .. '/large')", 200_000);
  await expectBoth(bench, "return #vulcan.io.open(args.folder .. '/large'):read('*a')", 200_000);
});

test("text is appended, to a new file as well", async t => {
  const bench = await luaBench(t);
  await expectBoth(bench, "return vulcan.io.append_text(args.folder .. '/file', 'ä', 'latin1')", true);
  assert.deepEqual(readFileSync(join(bench.folder, "file")), Buffer.from([0xe4, 0xe4]));
});

const textErrors: [call: string, problem: string | RegExp][] = [
  ["read_text()", "vulcan.io.read_text: path must be a string, got nil"],
  ["read_text(print)", "vulcan.io.read_text: path must be a string, got function"],
  ["read_text(args.folder .. '/none')", /^error: vulcan\.io\.read_text: ENOENT: .*none/],
  ["read_text(args.folder)", /^error: vulcan\.io\.read_text: EISDIR: /],
  ["read_text('x', 5)", "vulcan.io.read_text: options must be a table, got integer"],
  ["read_text('x', 'klingon')", "vulcan.io.read_text: unsupported text encoding `klingon`"],
  ["read_text('x', { encoding = 'klingon' })", "vulcan.io.read_text: unsupported text encoding `klingon`"],
  ["read_text('x', { encoding = 1 })", "vulcan.io.read_text: encoding must be a string, got integer"],
  ["write_text(args.folder .. '/x')", "vulcan.io.write_text: content must be a string, got nil"],
  ["write_text(args.folder .. '/x', 5)", "vulcan.io.write_text: content must be a string, got integer"],
  ["write_text(args.folder .. '/x', '\\255')", "vulcan.io.write_text: content must be a valid UTF-8 string"],
  ["write_text(args.folder .. '/x', 'a\\0')", "vulcan.io.write_text: content must not contain NUL bytes"],
  [
    "write_text(args.folder .. '/x', '中', 'latin1')",
    "vulcan.io.write_text: content has characters that latin1 cannot express",
  ],
  ["write_text(args.folder .. '/x', '!', 'base64')", "vulcan.io.write_text: content is not valid base64"],
  ["write_text(args.folder .. '/none/x', 'a')", /^error: vulcan\.io\.write_text: ENOENT: .*none/],
  ["append_text(' ', 'a')", "vulcan.io.append_text: path must not be empty"],
  ["append_text(args.folder, 'a')", /^error: vulcan\.io\.append_text: EISDIR: /],
];

test("reading and writing text refuse what is wrong, and write nothing then", async t => {
  const bench = await luaBench(t);
  for (const [call, problem] of textErrors) {
    await expectBoth(
      bench,
      `return vulcan.io.${call}`,
      typeof problem === "string" ? `error: ${problem}` : problem,
    );
  }
  assert.deepEqual(readdirSync(bench.folder), []);
});

test("a relative path of a skill hangs off the directory of the process", async t => {
  const bench = await luaBench(t);
  await expectBoth(
    bench,
    "return vulcan.io.read_text('package.json') == vulcan.fs.read('package.json')",
    true,
  );
});
