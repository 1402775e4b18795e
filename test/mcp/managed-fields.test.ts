import assert from "node:assert/strict";
import { test } from "node:test";
import { ManagedFields } from "#dist/mcp/managed-fields.js";

const schema = {
  type: "object",
  properties: { LUASKILL_SID: { type: "string" }, PWD: { type: "string" }, path: { type: "string" } },
  required: ["LUASKILL_SID", "path"],
  additionalProperties: false,
};

test("managed fields are taken out of a schema, which else stays as it is", () => {
  const { schema: shown, names } = new ManagedFields("me", "/project").hide(schema);
  assert.deepEqual(names, ["LUASKILL_SID", "PWD"]);
  assert.deepEqual(shown, {
    type: "object",
    properties: { path: { type: "string" } },
    required: ["path"],
    additionalProperties: false,
  });
  assert.equal(schema.required.length, 2);
});

test("a schema without managed fields is shown itself", () => {
  const plain = { type: "object", properties: { path: { type: "string" } }, required: ["path"] };
  assert.equal(new ManagedFields("me", "/project").hide(plain).schema, plain);
});

test("nothing is required that is not shown", () => {
  const { schema: shown } = new ManagedFields("me", "/project").hide({ ...schema, required: ["PWD"] });
  assert.equal("required" in shown, false);
});

test("values of the client are replaced, and nothing is added that the entry does not ask for", () => {
  const managed = new ManagedFields("me", "/project");
  const args = { LUASKILL_SID: "forged", path: "x" };
  assert.deepEqual(managed.fill(args, ["LUASKILL_SID", "PWD"]), {
    LUASKILL_SID: "LUASKILLS-SID-me",
    PWD: "/project",
    path: "x",
  });
  assert.deepEqual(managed.fill(args, []), args);
});

test("an identity is marked as managed once, and one that nobody names belongs to the folder", () => {
  const identity = (name: string | undefined, folder: string) =>
    new ManagedFields(name, folder).fill({}, ["LUASKILL_SID"]).LUASKILL_SID;
  assert.equal(identity("LUASKILLS-SID-me", "/a"), "LUASKILLS-SID-me");
  assert.match(String(identity(undefined, "/a")), /^LUASKILLS-SID-[0-9a-f]{24}$/);
  assert.equal(identity(undefined, "/a"), identity(undefined, "/a"));
  assert.notEqual(identity(undefined, "/a"), identity(undefined, "/b"));
});
