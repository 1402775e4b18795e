// docs/first-skill.md, the newcomer's path: in an empty folder, with the package as npm packs it and nothing that compiles, the
// commands of the page print what the page says, and its settings let a real client call the skill.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GuideItem, readGuide, runGuide } from "./guide.js";
import { PackedPackage } from "./installation.js";

const page = "docs/first-skill.md";
const items = readGuide(page);

let packed: PackedPackage;
let project: string;

before(async () => {
  packed = await PackedPackage.make();
  project = await packed.project("newcomer");
  const fromTarball = `npm install --prefer-offline --omit=optional ${packed.tarball}`;
  const local = items.map(
    (item): GuideItem =>
      item.kind === "example"
        ? { ...item, code: item.code.replace("npm install luaskills", fromTarball) }
        : item,
  );
  runGuide(page, local, project, packed.environment);
});

after(() => packed[Symbol.asyncDispose]());

test("every block of the page is a file or a command that is run", () => {
  const kinds = items.map(item => (item.kind === "example" ? item.language : "file"));
  assert.deepEqual([...new Set(kinds)].sort(), ["file", "sh"]);
  assert.ok(items.some(item => item.kind === "example" && item.code.includes("npm install luaskills\n")));
});
