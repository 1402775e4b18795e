// docs/agent.md: its examples are one program, which prints what the page says, against a model whose answers are scripted.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  calls,
  type RecordedRequest,
  type ScriptedAnswer,
  startModelServer,
  textsOf,
} from "../agent/model-server.js";
import { repository } from "../skills/skill-tree.js";
import { assertOutput, guideFolder, readGuide, writeGuideFile } from "./guide.js";

const page = "docs/agent.md";
const text = readFileSync(join(repository, page), "utf8");

/** What the model of the page says. */
function answer(request: RecordedRequest): ScriptedAnswer {
  const [task = ""] = textsOf(request, "user");
  const last = textsOf(request, "user").at(-1);
  const tools = textsOf(request, "tool");
  if (textsOf(request, "system")[0] === "You review texts.") return "One l is missing.";
  if (last === "Enough, summarise.") return "One step was done.";
  if (tools.length === 0) {
    if (task.includes("time")) return calls(["clock", { city: "Oslo" }]);
    if (task.includes("steps")) return calls(["step"], ["step"]);
    if (task.includes("reviewer")) return calls(["delegate", { agent_id: "reviewer", task: "helo" }]);
    return calls(["notes-find", { topic: "cats" }]);
  }
  const [result = ""] = tools;
  if (result === "12:00 in Oslo") return "It is noon in Oslo.";
  if (result === "2 notes about cats for ann") return "You have two notes about cats.";
  if (result.includes("no clocks here")) return "I may not look at the clock.";
  return result.includes("One l is missing")
    ? "The reviewer says: one l is missing."
    : `unexpected: ${result}`;
}

test("the program of the agent's guide prints what the guide says", async t => {
  const server = await startModelServer(t, answer);
  const folder = guideFolder(t);
  const items = readGuide(page);
  for (const item of items) if (item.kind === "file") writeGuideFile(folder, item);
  const examples = items.filter(item => item.kind === "example");
  assert.ok(examples.every(({ language }) => language === "js"));
  const marked = examples.map(({ code, line }) => `${code}console.log("example ${line}");\n`);
  writeFileSync(join(folder, "agent.mjs"), marked.join(""));

  const { baseUrl, apiKey, model } = server.endpoint;
  const child = spawn(process.execPath, ["agent.mjs"], {
    cwd: folder,
    env: { ...process.env, MODEL_URL: baseUrl, MODEL_KEY: apiKey, MODEL: model },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", chunk => {
    stdout += chunk;
  });
  child.stderr.on("data", chunk => {
    stderr += chunk;
  });
  const [status] = await once(child, "close");
  assert.equal(status, 0, stderr);
  let rest = stdout;
  for (const { line, output } of examples) {
    const marker = `example ${line}\n`;
    const end = rest.indexOf(marker);
    assert.notEqual(end, -1, `${page}:${line} did not run\n${stderr}`);
    assertOutput(rest.slice(0, end), output ?? "", `${page}:${line}`);
    rest = rest.slice(end + marker.length);
  }
  assert.equal(stderr, "");
});

const source = (path: string) => readFileSync(join(repository, "src/agent", path), "utf8");

/** Names in backticks in the first column of the tables under this heading. */
function documented(heading: string): string[] {
  const [, section = ""] = new RegExp(`^## ${heading}\n(.*?)(?=^## |$(?![\\s\\S]))`, "ms").exec(text) ?? [];
  const firsts = [...section.matchAll(/^\| ([^|]*) \|/gm)].map(([, first]) => first ?? "");
  return firsts.flatMap(first => [...first.matchAll(/`([\w.]+)`/g)].map(([, name]) => name as string));
}

/** Members of an interface of the sources. */
function members(path: string, name: string): string[] {
  const [, body = ""] = new RegExp(`export interface ${name} \\{(.*?)^\\}`, "ms").exec(source(path)) ?? [];
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member as string);
}

test("the tables of options and limits have every one there is", () => {
  const all = [...members("options.ts", "AgentOptions"), ...members("limits.ts", "Limits")];
  assert.deepEqual(documented("Options").sort(), all.sort());
});

test("the tables of events and errors have every one there is", () => {
  const kinds = [...source("events/filter.ts").matchAll(/^ {2}"agent\.([\w.]+)",$/gm)].map(
    ([, kind]) => kind,
  );
  assert.ok(kinds.length > 15);
  assert.deepEqual(
    documented("Events")
      .filter(name => name !== "agent.")
      .sort(),
    kinds.sort(),
  );
  const codes = [...source("errors.ts").matchAll(/^ {2}\| "(\w+)"/gm)].map(([, code]) => code);
  assert.deepEqual(
    documented("Errors")
      .filter(name => name !== "AgentError")
      .sort(),
    codes.sort(),
  );
});
