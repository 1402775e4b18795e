// docs/dependencies.md: its files are a skill that works, and what it says about releases and indexes is what happens.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parseYaml } from "#dist/packages/yaml.js";
import { tarGzBytes } from "../lifecycle/archives/tar-bytes.js";
import { dependencyRuntime } from "../lifecycle/dependencies/dependency-runtime.js";
import { loopbackServer, ok } from "../lifecycle/loopback-server.js";
import { publish } from "../lifecycle/releases.js";
import { createEngine, temporaryFolder } from "../skills/skill-tree.js";
import { readGuide, writeGuideFile } from "./guide.js";

const page = "docs/dependencies.md";
const files = readGuide(page).filter(item => item.kind === "file");
const textOf = (path: string) => files.find(file => file.path === path)?.text ?? assert.fail(path);

/** What the page has on the network. */
const downloads = "https://downloads.example.com";

test("the skill of the page gets its Lua package and uses it", async t => {
  const server = await loopbackServer(t);
  server.on("/greetings.lua", ok(textOf("downloads/greetings.lua")));
  const folder = temporaryFolder(t);
  for (const file of files.filter(({ path }) => path.startsWith("skills/greeter/"))) {
    writeGuideFile(folder, { ...file, text: file.text.replaceAll(downloads, server.base) });
  }
  const engine = await createEngine(t, { allowNetworkDownload: true });
  const report = await engine.load([{ name: "MINE", skillsDir: join(folder, "skills") }]);
  assert.deepEqual(report.failed, []);
  assert.equal((await engine.call("greeter-greet", { name: "Ada" })).content, "Hello, Ada!");
  assert.ok(existsSync(join(folder, "dependencies/locks/greeter.json")));
});

test("the release of the page is found, and its files below one folder", async t => {
  const server = await loopbackServer(t);
  const folder = "ripgrep-14.1.1-x86_64-unknown-linux-musl";
  const body = tarGzBytes([
    { name: `${folder}/rg`, data: "rg" },
    { name: `${folder}/LICENSE-MIT`, data: "MIT" },
  ]);
  publish(server, "BurntSushi/ripgrep", [{ tag: "14.1.1", assets: [{ name: `${folder}.tar.gz`, body }] }]);
  const { prepare } = dependencyRuntime(t, textOf("skills/searcher/dependencies.yaml"), { server });
  const [state] = (await prepare()).dependencies;
  assert.equal(state?.status, "installed");
  assert.equal(readFileSync(join(state?.folder ?? "", "bin/rg"), "utf8"), "rg");
  assert.equal(readFileSync(join(state?.folder ?? "", "LICENSE-MIT"), "utf8"), "MIT");
});

test("the index of the page says what to download", async t => {
  const server = await loopbackServer(t);
  server.on("/index.yaml", ok(textOf("downloads/index.yaml").replaceAll(downloads, server.base)));
  server.on("/jq-linux-amd64", ok("jq"));
  const manifest = textOf("skills/json-tools/dependencies.yaml").replaceAll(downloads, server.base);
  const { prepare } = dependencyRuntime(t, manifest);
  const [state] = (await prepare()).dependencies;
  assert.equal(readFileSync(join(state?.folder ?? "", "bin/jq"), "utf8"), "jq");
});

test("what the host provides is found where the page says", async t => {
  const { prepare, place } = dependencyRuntime(t, textOf("skills/painter/dependencies.yaml"), {
    allowed: false,
  });
  place("libs/libvips/8.15.0/linux-x64/libvips.so", "so");
  assert.equal((await prepare()).dependencies[0]?.status, "present");
});

test("every dependencies.yaml of the page follows the schema", () => {
  const schema = fileURLToPath(import.meta.resolve("luaskills/schemas/dependencies.schema.json"));
  const validate = new Ajv({ strictTypes: false }).compile(JSON.parse(readFileSync(schema, "utf8")));
  const manifests = files.filter(({ path }) => path.endsWith("/dependencies.yaml"));
  assert.equal(manifests.length, 4);
  for (const { path, text } of manifests) assert.ok(validate(parseYaml(text).value), path);
});
