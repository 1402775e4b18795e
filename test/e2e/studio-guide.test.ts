// docs/studio.md: its command starts a studio, and says what the page says.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { repository } from "../skills/skill-tree.js";
import { Session } from "../studio/studio-client.js";
import { assertOutput, guideEnvironment, guideFolder, readGuide } from "./guide.js";

test("the command of docs/studio.md starts a studio of the examples", async t => {
  const [example, ...others] = readGuide("docs/studio.md");
  assert.ok(example?.kind === "example" && example.language === "sh" && others.length === 0);
  const env = guideEnvironment(guideFolder(t));
  // A group of its own: Ctrl-C reaches the shell and what it has started.
  const child = spawn("sh", ["-c", example.code], { cwd: repository, env, detached: true });
  const ended = new Promise(resolve => child.on("close", resolve));
  t.after(() => child.exitCode ?? child.kill("SIGKILL"));
  let [out, err] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", text => {
    err += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", text => {
      out += text;
      if (out.includes("Ctrl-C")) resolve();
    });
    child.on("close", () => reject(new Error(`it ended: ${err}`)));
  });
  assertOutput(out, example.output ?? "", "docs/studio.md");

  const { origin, searchParams } = new URL(/http:\S+/.exec(out)?.[0] ?? "");
  const session = await Session.open({ origin, token: searchParams.get("token") ?? "" });
  const listener = await session.listen(t);
  const { catalog } = await listener.event("snapshot");
  assert.ok(catalog.skills.some(({ skillId }) => skillId === "markdown"));
  process.kill(-(child.pid ?? 0), "SIGINT");
  await ended;
  assert.equal(err, "");
});
