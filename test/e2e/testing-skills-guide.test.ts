// docs/testing-skills.md: its commands print what the page says, and its tables name everything there is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readDefinitions } from "../host/definition-file.js";
import { repository } from "../skills/skill-tree.js";
import { guideFolder, readGuide, runGuide } from "./guide.js";

const page = "docs/testing-skills.md";
const items = readGuide(page);

test("the commands of the page print what the page says", t => {
  runGuide(page, items, guideFolder(t));
});

test("the page names every function that test files have", () => {
  const text = readFileSync(join(repository, page), "utf8");
  const own = readFileSync(join(repository, "types/skill-tests.lua"), "utf8");
  const { functions, classes } = readDefinitions(own);
  const matchers = classes.get("skill_tests.Expectation")?.methods ?? [];
  for (const name of [...functions.keys()].filter(path => !path.includes(":")))
    assert.ok(text.includes(name), name);
  for (const name of matchers) assert.match(text, new RegExp(`\\b${name}\\(`));
});
