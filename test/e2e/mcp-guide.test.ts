// docs/mcp.md: its commands print what the page says, its programs too, and its settings of applications start a server.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { repository } from "../skills/skill-tree.js";
import {
  assertOutput,
  assertProgram,
  guideEnvironment,
  guideFolder,
  readGuide,
  writeGuideFile,
} from "./guide.js";

const page = "docs/mcp.md";
const text = readFileSync(join(repository, page), "utf8");
const items = readGuide(page);

function writeFiles(t: TestContext): string {
  const folder = guideFolder(t);
  for (const item of items) if (item.kind === "file") writeGuideFile(folder, item);
  return folder;
}

/** Starts what the page starts on port 3000, on a free one; resolves with the address. */
async function startServer(
  t: TestContext,
  code: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const command = `exec env ${code.replace("--http 3000", "--http 0")}`;
  const child = spawn("sh", ["-c", command], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  for await (const line of createInterface(child.stderr)) {
    const [, url] = /^serving MCP at (http:\S+)\/mcp$/.exec(line) ?? [];
    if (url !== undefined) {
      child.stderr.resume();
      return url;
    }
  }
  assert.fail(`the server did not start: ${code}`);
}

test("the commands of the page print what the page says", async t => {
  const folder = writeFiles(t);
  const env = guideEnvironment(folder);
  let address = "";
  for (const item of items) {
    if (item.kind === "file" || item.language !== "sh") continue;
    if (item.code.includes("--http 3000")) {
      address = await startServer(t, item.code, folder, env);
      continue;
    }
    const code = item.code.replaceAll("http://127.0.0.1:3000", address);
    const { status, stdout, stderr } = spawnSync("sh", ["-e", "-c", code], {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    const where = `${page}:${item.line}`;
    assert.equal(status, 0, `${where}\n${stdout}${stderr}`);
    if (item.output !== undefined) assertOutput(stdout, item.output, where);
  }
});

test("the program of the page prints what the page says", t => {
  const folder = writeFiles(t);
  const examples = items.filter(item => item.kind === "example").filter(({ language }) => language === "js");
  const ending = "await client.close();\nawait server.close();\nawait engine.close();\n";
  assert.equal(assertProgram(folder, page, examples, ending), "");
});

interface ServerSettings {
  command: string;
  args: string[];
}

/** What the editor puts in its place. */
const workspaceFolder = ["$", "{workspaceFolder}"].join("");

const applications: [file: string, key: string, folder: string][] = [
  ["claude_desktop_config.json", "mcpServers", "/home/ann"],
  [".vscode/mcp.json", "servers", workspaceFolder],
];

for (const [file, key, home] of applications) {
  test(`an application that follows ${file} gets the tools`, async t => {
    const folder = writeFiles(t);
    const settings = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
      [key: string]: Record<string, ServerSettings>;
    };
    const server = settings[key]?.notes;
    assert.ok(server !== undefined);
    const args = server.args.map(arg => arg.replaceAll(home, folder));
    assert.ok(args.some(arg => arg.includes(folder)));
    const env = guideEnvironment(folder) as Record<string, string>;
    const transport = new StdioClientTransport({ command: server.command, args, env, stderr: "ignore" });
    const client = new Client({ name: "application", version: "1.0.0" });
    t.after(() => client.close());
    await client.connect(transport);
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ["notes-count", "notes-list"],
    );
  });
}

test("the page has every option of the server and of the command", async t => {
  const folder = guideFolder(t);
  const options = (source: string, type: string) => {
    const code = readFileSync(join(repository, source), "utf8");
    const [, body = ""] = new RegExp(`export interface ${type} \\{(.*?)^\\}`, "ms").exec(code) ?? [];
    return [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name as string);
  };
  const own = options("src/mcp/options.ts", "McpOptions").filter(name => name !== "http");
  const http = options("src/mcp/http/options.ts", "HttpOptions").map(name => `http.${name}`);
  assert.ok(own.length + http.length > 10);
  for (const option of [...own, ...http]) assert.ok(text.includes(`\`${option}\``), option);
  const child = spawn("luaskills", ["mcp", "--help"], { env: guideEnvironment(folder) });
  let help = "";
  child.stdout.setEncoding("utf8").on("data", part => {
    help += part;
  });
  await once(child, "close");
  const [, commandOptions = ""] = /Options:\n(.*?)\n\n/s.exec(help) ?? [];
  const flags = [...commandOptions.matchAll(/^ +(--[\w-]+)/gm)].map(([, flag]) => flag as string);
  assert.ok(flags.length > 10, help);
  for (const flag of flags) assert.ok(text.includes(`\`${flag}`) || text.includes(`\`${flag}\``), flag);
});
