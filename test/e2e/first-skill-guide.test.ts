// docs/first-skill.md, the newcomer's path: in an empty folder, with the package as npm packs it and nothing that compiles, the
// commands of the page print what the page says, and with its settings a real client calls the skill.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
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

interface ServerSettings {
  command: string;
  args: string[];
}

/** The settings of a client as the page has them, with the folder of this project in the place of the reader's. */
function settingsIn(path: string): ServerSettings {
  const file = items.find(item => item.kind === "file" && item.path === path);
  assert.ok(file?.kind === "file", path);
  const text = file.text
    .replaceAll("/home/ann/project", project)
    .replaceAll(/\$\{workspaceFolder\}/g, project);
  const { mcpServers, servers } = JSON.parse(text) as {
    [name: string]: { "my-skills": ServerSettings };
  };
  const settings = (mcpServers ?? servers)?.["my-skills"];
  assert.ok(settings, path);
  return settings;
}

async function connect(t: TestContext, { command, args }: ServerSettings): Promise<Client> {
  const environment = Object.entries(packed.environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const client = new Client({ name: "newcomer", version: "1.0.0" });
  t.after(() => client.close());
  await client.connect(
    // Clients start servers in folders of their own.
    new StdioClientTransport({ command, args, env: Object.fromEntries(environment), cwd: packed.folder }),
  );
  return client;
}

for (const path of ["claude_desktop_config.json", ".vscode/mcp.json"]) {
  test(`with the settings of ${path} a client lists and calls the entries of the skill`, async t => {
    const client = await connect(t, settingsIn(path));
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name).sort(), ["greeter-hello", "greeter-words"]);
    const words = tools.find(({ name }) => name === "greeter-words");
    assert.match(words?.description ?? "", /^Count the words of a text file/);
    assert.deepEqual(words?.inputSchema.required, ["path"]);
    const note = join(project, "note.txt");
    writeFileSync(note, "one two three\n");
    const answer = await client.callTool({ name: "greeter-words", arguments: { path: note } });
    assert.deepEqual(answer.content, [{ type: "text", text: "note.txt has 3 words." }]);
  });
}
