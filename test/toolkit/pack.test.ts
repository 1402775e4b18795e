// Packages: the same bytes each time, what is in them and what is not, and that an install takes them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checksumOf } from "#dist/lifecycle/github/checksums.js";
import { ZipSource } from "#dist/lifecycle/sources/zip.js";
import { packSkill } from "#dist/toolkit/packing/pack-skill.js";
import { manifest, temporaryFolder } from "../skills/skill-tree.js";
import { writeLab } from "./lab.js";

const version = "1.0.0";

test("a package has the names of release assets, and its checksum in the file beside it", async t => {
  const out = join(temporaryFolder(t), "made", "for it");
  const packed = await packSkill(writeLab(t, {}), version, out);
  assert.deepEqual(readdirSync(out).sort(), ["lab-v1.0.0-checksums.txt", "lab-v1.0.0-skill.zip"]);
  assert.equal(packed.archive, join(out, "lab-v1.0.0-skill.zip"));
  const sha256 = createHash("sha256").update(readFileSync(packed.archive)).digest("hex");
  assert.equal(packed.sha256, sha256);
  assert.equal(readFileSync(packed.checksums, "utf8"), `${sha256}  lab-v1.0.0-skill.zip\n`);
  assert.deepEqual(checksumOf(readFileSync(packed.checksums, "utf8"), "lab-v1.0.0-skill.zip"), { sha256 });
});

test("the same files give the same bytes, whatever their times, modes and order on the disk are", async t => {
  const files = { "runtime/z.lua": "return 1", "runtime/a.lua": "return 2", "help/main.md": "# Lab" };
  const first = writeLab(t, files);
  const second = writeLab(t, Object.fromEntries(Object.entries(files).reverse()));
  utimesSync(join(second.dir, "runtime/a.lua"), new Date(0), new Date(1e12));
  chmodSync(join(second.dir, "runtime/a.lua"), 0o755);
  const packages = [];
  for (const [skill, zone] of [
    [first, "Asia/Tokyo"],
    [second, "America/New_York"],
  ] as const) {
    process.env.TZ = zone;
    packages.push(await packSkill(skill, version, temporaryFolder(t)));
  }
  delete process.env.TZ;
  assert.equal(packages[0]?.sha256, packages[1]?.sha256);
  assert.deepEqual(packages[0]?.files, [
    "help/main.md",
    "runtime/a.lua",
    "runtime/run.lua",
    "runtime/z.lua",
    "skill.yaml",
  ]);
});

test("the bytes of a package are those that they were when this was written", async t => {
  const skill = writeLab(t, {});
  const { sha256 } = await packSkill(skill, version, temporaryFolder(t));
  assert.equal(sha256, "57f7e63fb33db5f4658cdb69c920362296251bf824fc9ca384ddfa4b98d2375d");
});

test("what belongs to the author stays out, and a .skillignore adds to it and takes back", async t => {
  const skill = writeLab(t, {
    ".git/config": "x",
    ".luarc.json": "{}",
    ".skillignore": "*.log\n/drafts\n!/tests/\n/tests/fixtures\n",
    "node_modules/x/index.lua": "x",
    "runtime/node_modules/y.lua": "x",
    "runtime/debug.log": "x",
    "drafts/a.md": "x",
    "tests/run.lua": "x",
    "tests/fixtures/a.txt": "x",
    "lab-v0.9.0-skill.zip": "x",
    "lab-v0.9.0-checksums.txt": "x",
    LICENSE: "MIT",
  });
  const { files } = await packSkill(skill, version, temporaryFolder(t));
  assert.deepEqual(files, ["LICENSE", "runtime/run.lua", "skill.yaml", "tests/run.lua"]);
});

test("tests are left out unless a .skillignore takes them back", async t => {
  const skill = writeLab(t, { "tests/run.lua": "x", "runtime/tests/part.lua": "return 1" });
  const { files } = await packSkill(skill, version, temporaryFolder(t));
  assert.deepEqual(files, ["runtime/run.lua", "runtime/tests/part.lua", "skill.yaml"]);
});

test("an install takes what was packed, byte for byte", async t => {
  const skill = writeLab(t, { "help/ümlaut and blank.md": "# Käse", "data/bytes.bin": "\u0000\u0001" });
  const { archive } = await packSkill(skill, version, temporaryFolder(t));
  const staging = temporaryFolder(t);
  const context = { plane: "skills", cacheDir: staging, signal: undefined, progress: () => {} } as const;
  const found = await new ZipSource().resolve({ skillId: undefined, locator: archive, version }, context);
  await found.stage(staging, context);
  assert.equal(found.skillId, "lab");
  for (const path of ["skill.yaml", "runtime/run.lua", "help/ümlaut and blank.md", "data/bytes.bin"]) {
    assert.deepEqual(readFileSync(join(staging, "lab", path)), readFileSync(join(skill.dir, path)), path);
  }
});

for (const [what, prepare, message] of [
  [
    "a link",
    (dir: string) => symlinkSync("run.lua", join(dir, "runtime/link.lua")),
    /runtime\/link\.lua is a link/,
  ],
  [
    "a link to a folder",
    (dir: string) => symlinkSync("runtime", join(dir, "more")),
    /more is a link.*A \.skillignore leaves files out/,
  ],
  [
    "names that are one file on Windows and macOS",
    (dir: string) => writeFileSync(join(dir, "runtime/RUN.lua"), ""),
    /runtime\/run\.lua: it differs from .* in case/,
  ],
  [
    "a name that Windows cannot store",
    (dir: string) => writeFileSync(join(dir, "a:b.md"), ""),
    /a:b\.md: .*Windows/,
  ],
  [
    "a device name",
    (dir: string) => writeFileSync(join(dir, "aux.lua"), ""),
    /aux\.lua: .*device on Windows/,
  ],
  [
    "a name that is too long",
    (dir: string) => {
      mkdirSync(join(dir, "a".repeat(150)));
      writeFileSync(join(dir, "a".repeat(150), "b".repeat(100)), "");
    },
    /longer than 200 characters/,
  ],
] as const) {
  test(`a skill with ${what} is refused, and nothing is written`, async t => {
    const skill = writeLab(t, {});
    prepare(skill.dir);
    const out = temporaryFolder(t);
    await assert.rejects(packSkill(skill, version, out), error => {
      assert.equal((error as { code?: string }).code, "SKILL_PACKAGE");
      assert.match((error as Error).message, /^lab cannot be packed: /);
      assert.match((error as Error).message, message);
      return true;
    });
    assert.deepEqual(readdirSync(out), []);
  });
}

test("a package that does not load without what is left out is refused, and nothing is written", async t => {
  const skill = writeLab(t, { ".skillignore": "/runtime/run.lua\n" });
  const out = temporaryFolder(t);
  await assert.rejects(
    packSkill(skill, version, out),
    /without what is left out .* lab does not load: .*runtime\/run\.lua/,
  );
  assert.deepEqual(readdirSync(out), []);
});

test("a package takes the place of one of the same version as a whole", async t => {
  const skill = writeLab(t, { "skill.yaml": manifest() });
  const out = temporaryFolder(t);
  const first = await packSkill(skill, version, out);
  writeFileSync(join(skill.dir, "runtime/more.lua"), "return 1");
  const second = await packSkill(skill, version, out);
  assert.notEqual(first.sha256, second.sha256);
  assert.match(readFileSync(second.checksums, "utf8"), new RegExp(second.sha256));
  assert.equal(readdirSync(out).length, 2);
  assert.ok(existsSync(second.archive));
});
