// Skills with dependencies: tests use what is installed where the skill lies, a check needs none of it.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { platformName } from "#dist/lifecycle/dependencies/platform.js";
import { checkSkill } from "#dist/toolkit/checking/check-skill.js";
import { packSkill } from "#dist/toolkit/packing/pack-skill.js";
import { openSkillFolder, type SkillFolder } from "#dist/toolkit/skill-folder.js";
import { runTests } from "#dist/toolkit/testing/run-tests.js";
import { manifest, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { outcomes } from "./lab.js";

const platform = platformName(process.platform, process.arch);

function dependency(name: string, scope: string): string {
  return `  - name: ${name}
    version: 1.0.0
    scope: ${scope}
    source: { type: url }
    packages:
      ${platform}:
        url: https://example.org/${name}
        exports: [{ archive_path: ${name}, target_path: bin/${name} }]
`;
}

/** A runtime root with a skill that needs a tool of its own and one of the host. */
function writeRuntime(t: TestContext): { runtime: string; skill: SkillFolder } {
  const runtime = temporaryFolder(t);
  const dir = writeSkill(join(runtime, "skills"), "lab", {
    "skill.yaml": manifest(),
    "dependencies.yaml": `tool_dependencies:\n${dependency("own", "skill")}${dependency("hosts", "host")}`,
    "runtime/run.lua": `return function()
      local path = vulcan.path.join(vulcan.deps.tools_path, "own", "1.0.0", "${platform}", "bin", "own")
      return vulcan.fs.read(path)
    end`,
    "tests/run.lua": `it("reads its tool", function() expect(skill.call("run")):to_equal("a tool") end)`,
  });
  return { runtime, skill: openSkillFolder(dir) };
}

function put(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "a tool");
}

function install(runtime: string): void {
  put(join(runtime, "dependencies/tools/lab/own/1.0.0", String(platform), "bin/own"));
  put(join(runtime, "bin/hosts/1.0.0", String(platform), "bin/hosts"));
}

test("tests use the dependencies of the runtime root around the skill, and leave it as it is", async t => {
  const { runtime, skill } = writeRuntime(t);
  install(runtime);
  const run = await runTests(skill, { timeoutMs: 120_000 });
  assert.deepEqual(outcomes(run), ["passed reads its tool"]);
  assert.deepEqual(readdirSync(runtime).sort(), ["bin", "dependencies", "skills"]);
  assert.deepEqual(readdirSync(join(runtime, "dependencies")), ["tools"]);
  assert.ok(existsSync(join(runtime, "dependencies/tools/lab/own")));
});

test("tests use the dependencies of a runtime root that is named", async t => {
  const { skill } = writeRuntime(t);
  const other = temporaryFolder(t);
  install(other);
  const run = await runTests(skill, { timeoutMs: 120_000, runtimeRoot: other });
  assert.deepEqual(outcomes(run), ["passed reads its tool"]);
});

test("tests say which dependency is missing", async t => {
  const { skill } = writeRuntime(t);
  const run = await runTests(skill, { timeoutMs: 120_000 });
  assert.match(run.files[0]?.failure?.message ?? "", /tool own 1\.0\.0 is missing/);
});

test("a skill is checked and packed without its dependencies", async t => {
  const { skill } = writeRuntime(t);
  const { diagnostics } = await checkSkill(skill);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity !== "advice"),
    [],
  );
  const { files } = await packSkill(skill, "1.0.0", temporaryFolder(t));
  assert.deepEqual(files, ["dependencies.yaml", "runtime/run.lua", "skill.yaml"]);
});
