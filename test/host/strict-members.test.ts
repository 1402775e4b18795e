import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine } from "../skills/skill-tree.js";

test("a strict exec that may have one member of vulcan.io has no other", async t => {
  const engine = await createEngine(t);
  const code =
    "local names = {} for name in pairs(vulcan.io) do names[#names + 1] = name end return names, vulcan.io.popen";
  const report = await engine.execLua({ code, sandbox: "strict", allow: ["io.read_text"] });
  assert.match(report, /1\. \n```json\n\[\n {2}"read_text"\n\]\n```\n\n2\. \n```json\nnull\n```$/);
});
