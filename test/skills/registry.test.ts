import assert from "node:assert/strict";
import { test } from "node:test";
import { engineWith, manifest, type SkillFiles } from "./skill-tree.js";

function skill(...entries: string[]): SkillFiles {
  const files: Record<string, string> = { "skill.yaml": manifest(entries) };
  for (const name of entries) files[`runtime/${name}.lua`] = `return function() return '${name}' end`;
  return files;
}

test("entries are listed in byte order of their canonical names", async t => {
  const { engine } = await engineWith(t, { b: skill("z", "a"), a: skill("m") });
  assert.deepEqual(
    engine.entries().map(({ canonicalName }) => canonicalName),
    ["a-m", "b-a", "b-z"],
  );
});

test("claimants of one name are numbered by skill id", async t => {
  const { engine } = await engineWith(t, {
    foo: skill("bar-baz"),
    "foo-bar": skill("baz"),
    "foo-bar-baz": skill("x"),
  });
  assert.deepEqual(
    engine.entries().map(({ canonicalName, skillId }) => [canonicalName, skillId]),
    [
      ["foo-bar-baz", "foo"],
      ["foo-bar-baz-2", "foo-bar"],
      ["foo-bar-baz-x", "foo-bar-baz"],
    ],
  );
  assert.equal((await engine.call("foo-bar-baz-2")).content, "baz");
});

test("a reserved name goes to nobody", async t => {
  const { engine } = await engineWith(
    t,
    { foo: skill("run") },
    { reservedEntryNames: ["foo-run", "foo-run-2"] },
  );
  assert.equal(engine.has("foo-run"), false);
  assert.equal(engine.has("foo-run-3"), true);
});

test("a generated number pushes on the entry that would own that name by itself", async t => {
  const { engine } = await engineWith(t, { a: skill("b-c", "b-c-2"), "a-b": skill("c") });
  assert.deepEqual(
    engine.entries().map(({ canonicalName, skillId, localName }) => [canonicalName, skillId, localName]),
    [
      ["a-b-c", "a", "b-c"],
      ["a-b-c-2", "a-b", "c"],
      ["a-b-c-2-2", "a", "b-c-2"],
    ],
  );
});

test("has and skillOf know canonical names only", async t => {
  const { engine } = await engineWith(t, { foo: skill("run") });
  assert.equal(engine.has("foo-run"), true);
  assert.equal(engine.skillOf("foo-run"), "foo");
  assert.equal(engine.has("run"), false);
  assert.equal(engine.skillOf("run"), undefined);
});

test("descriptors are copies: changing one changes nothing in the engine", async t => {
  const { engine } = await engineWith(t, { foo: skill("run") });
  const first = engine.entries()[0];
  assert.ok(first);
  first.canonicalName = "changed";
  assert.equal(engine.entries()[0]?.canonicalName, "foo-run");
});
