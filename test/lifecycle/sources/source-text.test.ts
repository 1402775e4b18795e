import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { SourceType } from "#dist/lifecycle/sources/source.js";
import { parseSourceText } from "#dist/lifecycle/sources/source-text.js";

const understood: [text: string, type: SourceType, locator: string, version?: string][] = [
  ["owner/repo", "github", "owner/repo"],
  ["owner/repo@^1.2", "github", "owner/repo", "^1.2"],
  ["github:owner/repo@1.0.0", "github", "owner/repo", "1.0.0"],
  ["https://github.com/owner/repo", "github", "https://github.com/owner/repo"],
  ["npm:demo", "npm", "demo"],
  ["npm:demo@^1.2 || ^2", "npm", "demo", "^1.2 || ^2"],
  ["npm:@scope/demo", "npm", "@scope/demo"],
  ["npm:@scope/demo@next", "npm", "@scope/demo", "next"],
  ["demo", "hub", "demo"],
  ["demo@2.0.0", "hub", "demo", "2.0.0"],
  ["hub:demo", "hub", "demo"],
  ["https://example.com/demo.json?a=b@c", "url", "https://example.com/demo.json?a=b@c"],
  ["url:http://example.com/x", "url", "http://example.com/x"],
  ["./demo", "folder", "./demo"],
  ["../a@b", "folder", "../a@b"],
  [".", "folder", "."],
  ["/srv/demo", "folder", "/srv/demo"],
  ["C:\\skills\\demo", "folder", "C:\\skills\\demo"],
  ["folder:demo", "folder", "demo"],
  ["~/demo", "folder", join(homedir(), "demo")],
  ["demo.zip", "zip", "demo.zip"],
  ["./demo-v1.0.0.ZIP", "zip", "./demo-v1.0.0.ZIP"],
  ["zip:~/x", "zip", join(homedir(), "x")],
  ["  owner/repo  ", "github", "owner/repo"],
  ["Not An Id", "github", "Not An Id"],
];

for (const [text, type, locator, version] of understood) {
  test(`${JSON.stringify(text)} is ${type} ${locator}${version === undefined ? "" : ` in ${version}`}`, () => {
    assert.deepEqual(parseSourceText(text), { type, locator, version });
  });
}

test("a type that is given decides, and its prefix may still be there", () => {
  assert.deepEqual(parseSourceText("demo", "npm"), { type: "npm", locator: "demo", version: undefined });
  assert.deepEqual(parseSourceText("npm:demo@1", "npm"), { type: "npm", locator: "demo", version: "1" });
  assert.deepEqual(parseSourceText("owner/repo", "folder"), {
    type: "folder",
    locator: "owner/repo",
    version: undefined,
  });
});

test("a version that is begun and not named is refused", () => {
  assert.throws(() => parseSourceText("npm:demo@"), /ends in "@": name a version/);
});
