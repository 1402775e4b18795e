import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parseDependencies } from "#dist/lifecycle/dependencies/manifest.js";
import { parseYaml } from "#dist/packages/yaml.js";
import {
  acceptedManifests,
  refusedByContext,
  refusedTexts,
  refusedValues,
  withEntry,
} from "./manifest-cases.js";

/** The check of a published schema, imported as an editor's configuration would name it. */
function validator(name: string): (text: string) => boolean {
  const file = fileURLToPath(import.meta.resolve(`luaskills/schemas/${name}`));
  const validate = new Ajv({ strictTypes: false }).compile(JSON.parse(readFileSync(file, "utf8")));
  return text => {
    const { value, problem } = parseYaml(text);
    assert.equal(problem, undefined);
    return validate(value) as boolean;
  };
}

const isManifest = validator("skill.schema.json");
const isDependencies = validator("dependencies.schema.json");

for (const [what, text] of refusedValues) {
  test(`the schema of skill.yaml refuses a manifest with ${what}`, () =>
    assert.equal(isManifest(text), false));
}

for (const [what, text] of [...acceptedManifests, ...refusedByContext]) {
  test(`the schema of skill.yaml accepts a manifest with ${what}`, () =>
    assert.equal(isManifest(text), true));
}

test("the schema of skill.yaml says nothing about a skill that is off", () => {
  assert.equal(isManifest("enable: false\nentries: 1\n"), true);
});

test("no text that YAML refuses reaches the schema", () => {
  for (const [, text] of refusedTexts) assert.notEqual(parseYaml(text).problem, undefined);
});

test("paths and names agree with the loader in every combination of parts", async () => {
  const { parseManifest } = await import("#dist/packages/manifest.js");
  const parts = ["runtime", "/", "\\", "..", ".", " ", "x.lua", "..x"];
  const paths = parts.flatMap(a => parts.flatMap(b => parts.flatMap(c => parts.map(d => a + b + c + d))));
  for (const path of [...paths, ...paths.map(path => `runtime/${path}`)]) {
    const text = withEntry(`name: run\nlua_entry: ${JSON.stringify(path)}\nlua_module: m`);
    let accepted = true;
    try {
      parseManifest(text, () => assert.fail());
    } catch {
      accepted = false;
    }
    assert.equal(isManifest(text), accepted, JSON.stringify(path));
  }
});

function dependency(lines: string, list = "tool_dependencies"): string {
  return `${list}:\n  - ${lines.split("\n").join("\n    ")}\n`;
}

const github = "name: rg\nsource: { type: github_release, github: { repo: a/b } }\n";
const url = "name: rg\nsource: { type: url, url: {} }\n";
const files = "exports: [{ archive_path: a, target_path: bin/rg }]";

const validDependencies: [what: string, text: string][] = [
  ["nothing", ""],
  ["empty lists", "tool_dependencies:\nlua_dependencies: []\nffi_dependencies: ~\n"],
  ["keys of newer runtimes", "node_runtime: { package: x }\npython_runtime: {}\n"],
  ["a dependency of the least keys", dependency(github)],
  [
    "every key of a release",
    dependency(
      `${github}version: 14.1.1\nrequired: false\nscope: host\npackages:\n  linux-x64:\n    archive_type: tar_gz\n` +
        "    asset_name: rg-{version}.tar.gz\n    exports:\n" +
        "      - { archive_path: 'rg-{version}/rg', target_path: bin/rg, executable: true }",
    ),
  ],
  ["a version that YAML reads as a number", dependency(`${github}version: 1.5`)],
  [
    "an address",
    dependency(`${url}packages: { macos-arm64: { url: 'https://x/y', ${files} } }`, "ffi_dependencies"),
  ],
  [
    "a list of skills",
    dependency(
      "name: x\nsource: { type: skill_list, skilllist: { url: 'https://x/i.yaml', package: x } }\n" +
        `packages: { windows-x64: { archive_type: zip, ${files} } }`,
      "lua_dependencies",
    ),
  ],
  [
    "the digest of a file",
    dependency(`${url}packages: { linux-x64: { url: x, sha256: ${"aB".repeat(32)}, ${files} } }`),
  ],
  ["a platform nobody knows", dependency(`${url}packages: { plan9-mips: { url: x } }`)],
];

const invalidDependencies: [what: string, text: string][] = [
  ["a list", "- a"],
  ["dependencies that are no list", "tool_dependencies: {}\n"],
  ["a dependency without name", dependency("source: { type: url }")],
  ["a blank name", dependency("name: ' '\nsource: { type: url }")],
  ["no source", dependency("name: x")],
  ["a source without type", dependency("name: x\nsource: {}")],
  ["an unknown source", dependency("name: x\nsource: { type: ftp }")],
  ["a release without github", dependency("name: x\nsource: { type: github_release }")],
  ["a release whose github is null", dependency("name: x\nsource: { type: github_release, github: }")],
  [
    "a repository without owner",
    dependency("name: x\nsource: { type: github_release, github: { repo: b } }"),
  ],
  [
    "a list of skills without its address",
    dependency("name: x\nsource: { type: skilllist, skilllist: { package: x } }"),
  ],
  ["required that is text", dependency(`${github}required: 'yes'`)],
  ["an unknown scope", dependency(`${github}scope: world`)],
  [
    "an unknown archive type",
    dependency(`${url}packages: { linux-x64: { url: x, archive_type: rar, ${files} } }`),
  ],
  ["a release without asset", dependency(`${github}packages: { linux-x64: { ${files} } }`)],
  ["an address that is missing", dependency(`${url}packages: { linux-x64: { ${files} } }`)],
  ["a digest that is none", dependency(`${url}packages: { linux-x64: { url: x, sha256: abc, ${files} } }`)],
  ["a package without exports", dependency(`${url}packages: { linux-x64: { url: x } }`)],
  ["a package with empty exports", dependency(`${url}packages: { linux-x64: { url: x, exports: [] } }`)],
  ...["/bin/rg", "C:\\rg", "\\\\host\\rg", "../rg", "bin/../../rg", "bin\\..\\rg", "..", " "].map(
    (path): [string, string] => [
      `a target path of ${JSON.stringify(path)}`,
      dependency(
        `${url}packages: { linux-x64: { url: x, exports: [{ archive_path: a, target_path: ${JSON.stringify(path)} }] } }`,
      ),
    ],
  ),
];

for (const [what, text] of validDependencies) {
  test(`the schema of dependencies.yaml accepts ${what}`, () => assert.equal(isDependencies(text), true));
}

for (const [what, text] of validDependencies) {
  test(`a dependencies.yaml with ${what} is read`, () => assert.doesNotThrow(() => parseDependencies(text)));
}

/** What the loader leaves to whoever has to download something. */
const forAuthors = new Set([
  "an unknown archive type",
  "a release without asset",
  "an address that is missing",
  "a package without exports",
  "a package with empty exports",
]);

for (const [what, text] of invalidDependencies.filter(([what]) => !forAuthors.has(what))) {
  test(`a dependencies.yaml with ${what} is refused`, () => {
    assert.throws(() => parseDependencies(text), {
      code: "SKILL_DEPENDENCY",
      message: /^dependencies\.yaml: /,
    });
  });
}

for (const [what, text] of invalidDependencies) {
  test(`the schema of dependencies.yaml refuses ${what}`, () => assert.equal(isDependencies(text), false));
}
