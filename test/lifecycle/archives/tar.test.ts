import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { tree } from "../runtime.js";
import { assertRefused, runLua, skillYaml, unpack } from "./hostile.js";
import { type TarEntry, tarBytes, tarGzBytes } from "./tar-bytes.js";

const sound: TarEntry[] = [
  { name: "demo/skill.yaml", data: skillYaml },
  { name: "demo/runtime/run.lua", data: runLua },
];
const withEntry = (...entries: TarEntry[]) => tarGzBytes([...sound, ...entries]);
const named = (name: string | Buffer) => withEntry({ name, data: "x" });

const hostile: [what: string, bytes: () => Buffer, reason: RegExp][] = [
  ["a name that leads out", () => named("demo/../../evil"), /leads out of its folder/],
  ["a name that leads out by backslashes", () => named("demo\\..\\..\\evil"), /leads out of its folder/],
  ["an absolute name", () => named("/etc/passwd"), /an absolute path/],
  ["a drive letter", () => named("C:/evil"), /a drive letter/],
  ["a network path", () => named("//host/share/evil"), /network path/],
  ["a name that is not UTF-8", () => named(Buffer.from([0x64, 0x2f, 0xff, 0xfe])), /not valid UTF-8/],
  [
    "a symbolic link",
    () => withEntry({ name: "demo/l", type: "2", linkTo: "/etc" }),
    /it is a symbolic link/,
  ],
  ["a hard link", () => withEntry({ name: "demo/l", type: "1", linkTo: "/etc/passwd" }), /it is a hard link/],
  ["a character device", () => withEntry({ name: "demo/d", type: "3" }), /it is a device/],
  ["a block device", () => withEntry({ name: "demo/d", type: "4" }), /it is a device/],
  ["a pipe", () => withEntry({ name: "demo/p", type: "6" }), /it is a pipe/],
  ["the same name twice", () => named("demo/skill.yaml"), /it is there twice/],
  ["names that differ in case", () => named("demo/Skill.yaml"), /in case or accents only/],
  ["several top folders", () => named("other/x"), /only the folder demo\//],
  ["a bomb", () => withEntry({ name: "demo/b", data: Buffer.alloc(32 << 20) }), /more than 200 times/],
  ["no compression", () => tarBytes(sound), /incorrect header check/],
  ["an end that is cut off", () => named("demo/x").subarray(0, -20), /unexpected end of file/],
  [
    "a body that is cut off",
    () => gzipSync(tarBytes([{ name: "demo/x", data: randomBytes(4096) }]).subarray(0, 2048)),
    /Truncated/,
  ],
  [
    "a file in the middle of which it is cut off",
    () => withEntry({ name: "demo/large", data: randomBytes(2 << 20) }).subarray(0, 1 << 20),
    /unexpected end of file/,
  ],
  ["a damaged header", damaged, /checksum/],
  ["nothing in it", () => tarGzBytes([]), /no file in it|Unrecognized/],
];

function damaged(): Buffer {
  const bytes = tarBytes([...sound, { name: "demo/x", data: "x" }]);
  bytes[bytes.indexOf("demo/x") + 1] = 0x21;
  return gzipSync(bytes);
}

for (const [what, bytes, reason] of hostile) {
  test(`a tar archive with ${what} is refused, and nothing is left of it`, t =>
    assertRefused(t, bytes(), reason, "tar_gz"));
}

test("a tar archive is unpacked as it is, however its files lie across the blocks that are read", async t => {
  const large = randomBytes(700_001);
  const many = Array.from({ length: 300 }, (_, n) => ({ name: `demo/many/${n}.txt`, data: "x".repeat(n) }));
  const folder = await unpack(
    t,
    tarGzBytes([
      { name: "./", type: "5" },
      { name: "demo/", type: "5" },
      { name: "demo/large.bin", data: large, mode: 0o755 },
      ...many,
      ...sound,
      { name: "demo/empty" },
    ]),
    "tar_gz",
  );
  const files = tree(join(folder, "staging"));
  assert.equal(Object.keys(files).length, 304);
  for (const { name, data } of many) assert.equal(files[name], data);
  const path = join(folder, "staging/demo/large.bin");
  assert.ok(readFileSync(path).equals(large));
  if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o111, 0);
});
