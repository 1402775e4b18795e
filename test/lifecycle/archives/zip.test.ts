import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tree } from "../runtime.js";
import { assertRefused, runLua, skillYaml, unpack } from "./hostile.js";
import { storedBytes, type ZipEntry, zipBytes } from "./zip-bytes.js";

const sound: ZipEntry[] = [
  { name: "demo/skill.yaml", data: skillYaml },
  { name: "demo/runtime/run.lua", data: runLua },
];
const zeros = Buffer.alloc(20 << 20);

/** A package with one more entry. */
const withEntry = (...entries: ZipEntry[]) => zipBytes([...sound, ...entries]);
const named = (name: string | Buffer) => withEntry({ name, data: "x" });

const hostile: [what: string, bytes: () => Buffer, reason: RegExp][] = [
  ["a name that leads out", () => named("demo/../../evil"), /"demo\/\.\.\/\.\.\/evil": its name leads out/],
  ["a name that leads out by backslashes", () => named("demo\\..\\..\\evil"), /leads out of its folder/],
  ["an absolute name", () => named("/etc/passwd"), /its name is an absolute path/],
  ["an absolute name of Windows", () => named("\\evil"), /its name is an absolute path/],
  ["a drive letter", () => named("C:\\evil"), /its name begins with a drive letter/],
  ["a drive letter without a slash", () => named("c:evil"), /its name begins with a drive letter/],
  ["a network path", () => named("\\\\host\\share\\evil"), /network path/],
  ["an alternate data stream", () => named("demo/skill.yaml:hidden"), /which Windows cannot store/],
  ["a NUL byte in a name", () => named("demo/a\0.lua"), /control character/],
  ["a line break in a name", () => named("demo/a\n.lua"), /control character/],
  ["an empty name", () => named(""), /its name is empty/],
  ["a name that is a dot", () => named("./."), /its name is empty/],
  ["a device of Windows", () => named("demo/aux.lua"), /a device on Windows/],
  ["a device of Windows as a folder", () => named("demo/COM1/x"), /a device on Windows/],
  ["a name that ends with a dot", () => named("demo/x."), /ends with a dot or a blank/],
  ["a name that ends with a blank", () => named("demo/x /y"), /ends with a dot or a blank/],
  ["a name that is not UTF-8", () => named(Buffer.from([0x64, 0x2f, 0xff])), /not valid UTF-8/],
  ["a name of 300 bytes", () => named(`demo/${"é".repeat(150)}`), /longer than 255 bytes/],
  [
    "a path of 400 characters",
    () => named(`demo/${"ab/".repeat(31)}${"x".repeat(200)}`),
    /longer than|deeper/,
  ],
  ["forty folders", () => named(`demo/${"a/".repeat(40)}x`), /deeper than 32 folders/],
  ["a symbolic link", () => withEntry({ name: "demo/l", data: "/etc", mode: 0o120777 }), /a symbolic link/],
  ["a device", () => withEntry({ name: "demo/d", mode: 0o020666 }), /a device, a pipe or a socket/],
  ["a pipe", () => withEntry({ name: "demo/p", mode: 0o010666 }), /a device, a pipe or a socket/],
  [
    "a folder that says it is a file",
    () => withEntry({ name: "demo/f", mode: 0o040755 }),
    /both a file and a/,
  ],
  ["the same name twice", () => named("demo/skill.yaml"), /it is there twice/],
  ["the same name twice by a detour", () => named("demo/./skill.yaml"), /it is there twice/],
  ["names that differ in case", () => named("demo/SKILL.yaml"), /in case or accents only/],
  ["folders that differ in case", () => named("demo/Runtime/x.lua"), /in case or accents only/],
  [
    "names that differ in how an accent is composed",
    () => withEntry({ name: "demo/\u00e9", data: "x" }, { name: "demo/e\u0301", data: "x" }),
    /in case or accents only/,
  ],
  [
    "a file that is a folder too",
    () => withEntry({ name: "demo/a", data: "x" }, { name: "demo/a/b", data: "x" }),
    /both a file and a folder/,
  ],
  ["an encrypted entry", () => withEntry({ name: "demo/e", data: "x", flags: 0x801 }), /it is encrypted/],
  ["strong encryption", () => withEntry({ name: "demo/e", data: "x", flags: 0x841 }), /encryption/],
  [
    "another compression",
    () => withEntry({ name: "demo/m", data: "x", method: 14 }),
    /compression method 14/,
  ],
  ["a wrong sum", () => withEntry({ name: "demo/c", data: "x", crc: 1 }), /do not match its CRC-32/],
  [
    "more bytes than it says",
    () => withEntry({ name: "demo/s", data: "xyz", size: 1 }),
    /larger than the 1 bytes/,
  ],
  [
    "fewer bytes than it says",
    () => withEntry({ name: "demo/s", data: "x", size: 9 }),
    /smaller than the 9 bytes/,
  ],
  [
    "two sizes of a stored entry",
    () => withEntry({ name: "demo/s", data: "x", size: 9, method: 0 }),
    /two sizes are given/,
  ],
  ["a bomb", () => withEntry({ name: "demo/b", data: zeros }), /more than 200 times/],
  [
    "a file too large",
    () => withEntry({ name: "demo/b", data: "x", size: 300 << 20 }),
    /larger than \d+ bytes/,
  ],
  [
    "files too large in all",
    () => withEntry(...[1, 2, 3].map(n => ({ name: `demo/${n}`, data: "x", size: 200 << 20 }))),
    /larger than \d+ bytes in all/,
  ],
  [
    "too many entries",
    () => withEntry(...Array.from({ length: 20_001 }, (_, n) => ({ name: `demo/${n}`, method: 0 }))),
    /more than 20000 entries/,
  ],
  ["entries that share their data", () => withEntry({ name: "demo/o", at: 0 }), /in front of its data/],
  [
    "entries that overlap",
    () =>
      zipBytes([
        { name: "demo/a", data: storedBytes("demo/b", "inside"), method: 0 },
        { name: "demo/b", data: "inside", method: 0, at: 30 + "demo/a".length },
        ...sound,
      ]),
    /entry "demo\/b": it overlaps with another entry/,
  ],
  [
    "another name in front of the data",
    () => withEntry({ name: "demo/a", data: "x", localName: "evil.a" }),
    /another/,
  ],
  [
    "a second name",
    () => withEntry({ name: "demo/a", data: "x", extra: unicodeName("demo/b") }),
    /a second, different name/,
  ],
  [
    "another top folder",
    () => zipBytes(sound.map(e => ({ ...e, name: `other/${e.name}` }))),
    /only the folder demo\//,
  ],
  ["several top folders", () => named("other/x"), /only the folder demo\//],
  ["a file beside the folder", () => named("README.md"), /only the folder demo\//],
  ["no manifest", () => zipBytes([sound[1] as ZipEntry]), /skill\.yaml: no such file/],
  ["a broken manifest", () => zipBytes([{ name: "demo/skill.yaml", data: "a: [" }]), /skill\.yaml: /],
  [
    "a manifest that is a list",
    () => zipBytes([{ name: "demo/skill.yaml", data: "- a" }]),
    /must be a mapping/,
  ],
  [
    "a manifest with an id",
    () => zipBytes([{ name: "demo/skill.yaml", data: `skill_id: x\n${skillYaml}` }]),
    /must not declare skill_id/,
  ],
  [
    "another version",
    () => zipBytes([{ name: "demo/skill.yaml", data: skillYaml.replace("1.0.0", "1.0.1") }]),
    /version 1\.0\.1, expected 1\.0\.0/,
  ],
  ["nothing in it", () => zipBytes([]), /no file in it/],
  ["folders only", () => zipBytes([{ name: "demo/", mode: 0o040755, method: 0 }]), /no file in it/],
  [
    "a folder with content",
    () => withEntry({ name: "demo/f/", data: "x", mode: 0o040755 }),
    /folder with content/,
  ],
  ["garbage", () => randomBytes(4_000), /[Ee]nd of central directory|Invalid comment/],
  ["no bytes", () => Buffer.alloc(0), /End of central directory/],
  ["an end that is cut off", () => zipBytes(sound).subarray(0, -30), /End of central directory/],
  ["bytes behind its end", () => Buffer.concat([zipBytes(sound), Buffer.from("garbage")]), /comment length/],
  ["bytes before its begin", () => zipBytes(sound, { between: Buffer.alloc(40) }), /belong to no entry/],
  [
    "entries that it does not count",
    () => zipBytes(sound, { count: 1 }),
    /do not end where|holds more than it says/,
  ],
  ["more entries than it has", () => zipBytes(sound, { count: 3 }), /demo\.archive is refused/],
  ["damaged data", damaged, /entry "demo\/runtime\/run\.lua"/],
];

function unicodeName(name: string): Buffer {
  const text = Buffer.from(name);
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(5 + text.length, 2);
  field.writeUInt8(1, 4);
  return Buffer.concat([field, text]);
}

function damaged(): Buffer {
  const bytes = zipBytes(sound);
  const place = bytes.indexOf("demo/runtime/run.lua") + "demo/runtime/run.lua".length;
  bytes.fill(0xff, place, place + 8);
  return bytes;
}

for (const [what, bytes, reason] of hostile) {
  test(`a zip archive with ${what} is refused, and nothing is left of it`, t =>
    assertRefused(t, bytes(), reason));
}

test("a zip archive is unpacked as it is, with no modes but those of plain files", async t => {
  const binary = randomBytes(300_000);
  const folder = await unpack(
    t,
    zipBytes([
      { name: "demo/", mode: 0o040755, method: 0 },
      ...sound,
      { name: "demo/help/日本.md", data: "# ok", mode: 0o100777 },
      { name: "demo/resources/data.bin", data: binary, method: 0 },
      { name: "demo/empty.txt", method: 0, flags: 0 },
    ]),
  );
  const files = tree(join(folder, "staging"));
  assert.deepEqual(Object.keys(files), [
    "demo/empty.txt",
    "demo/help/日本.md",
    "demo/resources/data.bin",
    "demo/runtime/run.lua",
    "demo/skill.yaml",
  ]);
  assert.equal(files["demo/runtime/run.lua"], runLua);
  assert.ok(readFileSync(join(folder, "staging/demo/resources/data.bin")).equals(binary));
  if (process.platform !== "win32") {
    assert.equal(statSync(join(folder, "staging/demo/help/日本.md")).mode & 0o111, 0);
  }
});

test("a large file of zeros is no bomb while it is small enough", async t => {
  await unpack(t, withEntry({ name: "demo/zeros", data: Buffer.alloc(4 << 20) }));
});
