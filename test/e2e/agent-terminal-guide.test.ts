// docs/agent-terminal.md: its commands print what the page says, and its conversation goes as the page shows it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import {
  calls,
  type RecordedRequest,
  type ScriptedAnswer,
  startModelServer,
  textsOf,
} from "../agent/model-server.js";
import { PseudoTerminal } from "../cli/pseudo-terminal.js";
import {
  assertOutput,
  type Example,
  guideEnvironment,
  guideFolder,
  readGuide,
  writeGuideFile,
} from "./guide.js";

const page = "docs/agent-terminal.md";
const items = readGuide(page);

/** Looks at the weather, and says what it saw. */
function weather(request: RecordedRequest): ScriptedAnswer {
  if (request.body.messages.at(-1)?.role !== "tool") return calls(["weather-today", { city: "Oslo" }]);
  const seen = textsOf(request, "tool").at(-1) ?? "";
  return seen.startsWith("rain") ? "It rains in Oslo." : "I may not look.";
}

async function guide(t: TestContext): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  const folder = guideFolder(t);
  for (const item of items) if (item.kind === "file") writeGuideFile(folder, item);
  const server = await startModelServer(t, weather);
  const env = {
    ...guideEnvironment(folder),
    XDG_STATE_HOME: folder,
    LUASKILLS_MODEL: "scripted",
    LUASKILLS_BASE_URL: server.baseUrl,
    LUASKILLS_API_KEY: server.endpoint.apiKey,
  };
  return { folder, env };
}

function examplesOf(language: string): Example[] {
  return items.filter(
    (item): item is Example & { kind: "example" } => item.kind === "example" && item.language === language,
  );
}

test("the commands of the page print what the page says", async t => {
  const { folder, env } = await guide(t);
  for (const { code, output, line } of examplesOf("sh")) {
    const child = spawn("sh", ["-e", "-c", code], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", text => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", text => {
      err += text;
    });
    const [status] = await once(child, "close");
    assert.equal(status, 0, `${page}:${line}: ${err}`);
    assertOutput(out, output ?? "", `${page}:${line}`);
  }
});

test("the conversation of the page goes as the page shows it", async t => {
  const { folder, env } = await guide(t);
  const [conversation] = examplesOf("console");
  assert.ok(conversation);
  const [command = "", ...lines] = conversation.code.trimEnd().split("\n");
  const terminal = new PseudoTerminal(t, ["sh", "-c", command.replace(/^\$ /, "")], { cwd: folder, env });
  for (const line of lines) {
    const [, prompt, typed] = /^(> |.*lways: )(.+)$/.exec(line) ?? [];
    if (prompt === undefined || typed === undefined) {
      const pattern = line.split("…").map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
      await terminal.waitFor(new RegExp(pattern.join("[^\\n]*")));
    } else {
      await terminal.waitFor(prompt);
      terminal.enter(typed);
    }
  }
  assert.equal(await terminal.exit(), 0);
});
