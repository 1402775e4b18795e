// The tests of the example skills, as their authors run them.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openSkillFolder } from "#dist/toolkit/skill-folder.js";
import { runTests } from "#dist/toolkit/testing/run-tests.js";
import { repository } from "../skills/skill-tree.js";
import { testsOf } from "./lab.js";

const examples = join(repository, "examples/skills");

for (const id of readdirSync(examples)) {
  test(`the tests of the example ${id} pass`, async () => {
    const run = await runTests(openSkillFolder(join(examples, id)), { timeoutMs: 120_000 });
    assert.deepEqual(
      testsOf(run).flatMap(({ failures }) => failures),
      [],
    );
    assert.ok(run.ok && run.passed >= 3);
  });
}
