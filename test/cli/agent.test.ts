// luaskills agent on a real terminal and in pipes, against the scripted model server.

import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SqliteSessionStore } from "luaskills/agent";
import { gate } from "../agent/lab.js";
import { calls, type ModelServer, type Script, startModelServer, textsOf } from "../agent/model-server.js";
import { repository, temporaryFolder, writeSkills } from "../skills/skill-tree.js";
import { luaskills, type Outcome } from "./command-line.js";
import { luaskillsOnTerminal } from "./pseudo-terminal.js";
import { screenOf } from "./screen.js";

const echo = {
  "skill.yaml": `name: Echo
version: 1.0.0
entries:
  - name: run
    description: Gives back its arguments.
    lua_entry: runtime/run.lua
    lua_module: echo_run
    parameters:
      - { name: a, type: integer, description: A number. }
`,
  "runtime/run.lua": "return function(args) return 'echo: ' .. vulcan.json.encode(args) end",
};

const skills = {
  echo,
  failing: "return function() error('out of luck') end",
  chatty: "return function() print('looking') return 'seen' end",
  waiting: "return function() os.execute('sleep 600') return 'never' end",
};

interface Bench {
  server: ModelServer;
  args: string[];
  env: Record<string, string>;
  sessions: string;
  folder: string;
}

async function bench(t: TestContext, script: Script): Promise<Bench> {
  const folder = temporaryFolder(t);
  writeSkills(join(folder, "skills"), skills);
  const server = await startModelServer(t, script);
  const sessions = join(folder, "state", "sessions.sqlite3");
  return {
    server,
    sessions,
    folder,
    args: ["agent", "--root", `ROOT=${join(folder, "skills")}`, "--sessions", sessions],
    env: {
      LUASKILLS_MODEL: "scripted",
      LUASKILLS_BASE_URL: server.baseUrl,
      LUASKILLS_API_KEY: server.endpoint.apiKey,
    },
  };
}

/** Without a terminal. */
function piped({ args, env }: Bench, more: string[] = [], input = ""): Promise<Outcome> {
  return luaskills([...args, ...more], { input, env });
}

function conversation(t: TestContext, { args, env }: Bench, more: string[] = []) {
  return luaskillsOnTerminal(t, [...args, ...more], { env });
}

async function historyOf(file: string, key: string): Promise<string[]> {
  await using store = await SqliteSessionStore.open(file);
  return (await store.read(key)).messages.map(({ role, content }) => `${role}: ${content}`);
}

test("one question: the answer on the output, nothing else, and nothing is kept", async t => {
  const lab = await bench(t, ["It rains."]);
  assert.deepEqual(await piped(lab, ["--prompt", "Weather?"]), { code: 0, out: "It rains.\n", err: "" });
  assert.deepEqual(textsOf(lab.server.requests[0] as never, "user"), ["Weather?"]);
  assert.equal(existsSync(lab.sessions), false);
});

test("the question may come on standard input", async t => {
  const lab = await bench(t, ["It rains.", "It rains."]);
  assert.equal((await piped(lab, [], "Weather\nin Oslo?\n")).out, "It rains.\n");
  await piped(lab, ["--prompt", "-"], "Weather\nin Oslo?\n");
  for (const request of lab.server.requests)
    assert.deepEqual(textsOf(request, "user"), ["Weather\nin Oslo?"]);
});

test("with --yes tools run, and --json tells what has run", async t => {
  const lab = await bench(t, [calls(["echo-run", { a: 1 }], ["failing-run"]), "Done."]);
  const { code, out } = await piped(lab, ["--yes", "--json", "--prompt", "Echo."]);
  assert.equal(code, 0);
  const report = JSON.parse(out);
  assert.equal(report.status, "completed");
  assert.equal(report.text, "Done.");
  assert.equal(report.iterations, 2);
  assert.deepEqual(
    report.tools.map(({ tool, status }: { tool: string; status: string }) => [tool, status]),
    [
      ["echo-run", "completed"],
      ["failing-run", "error"],
    ],
  );
  assert.match(textsOf(lab.server.requests[1] as never, "tool")[0] ?? "", /^echo: \{"a":1\}/);
});

test("without a terminal a tool that was not allowed beforehand does not run", async t => {
  const lab = await bench(t, [calls(["echo-run"]), "So be it.", calls(["echo-run"]), "Good."]);
  await piped(lab, ["--prompt", "Echo."]);
  assert.match(
    textsOf(lab.server.requests[1] as never, "tool")[0] ?? "",
    /denied .*nobody is there to allow it/,
  );
  await piped(lab, ["--allow", "echo-run", "--prompt", "Echo."]);
  assert.match(textsOf(lab.server.requests[3] as never, "tool")[0] ?? "", /^echo:/);
});

test("a named session goes on where it was, and the list shows it", async t => {
  const lab = await bench(t, ["One.", "Two.", "Three."]);
  await piped(lab, ["--session", "work", "--prompt", "first"]);
  await piped(lab, ["--session", "work", "--prompt", "second"]);
  await piped(lab, ["--continue", "--prompt", "third"]);
  assert.deepEqual(textsOf(lab.server.requests[2] as never, "user"), ["first", "second", "third"]);
  const { out } = await piped(lab, ["--list-sessions"]);
  assert.match(
    out,
    /^SESSION +LAST USED \(UTC\) +TURNS +LAST SAID\nwork +\d{4}-\d\d-\d\d \d\d:\d\d +3 +third\n$/,
  );
  const listed = JSON.parse((await piped(lab, ["--list-sessions", "--json"])).out);
  assert.equal(listed[0].key, "work");
});

test("what is wrong is said before anything is asked", async t => {
  const lab = await bench(t, []);
  const wrong: [Partial<Record<string, string>>, string[], RegExp][] = [
    [{ LUASKILLS_MODEL: "" }, [], /no model is chosen\n.*--model NAME/],
    [{ LUASKILLS_BASE_URL: "" }, [], /no model server is chosen\n.*--base-url URL/],
    [{ LUASKILLS_BASE_URL: "localhost" }, [], /must be an http or https address, got localhost/],
    [{}, ["--context-window", "many"], /Expected a positive number of tokens/],
    [{}, ["--session", "s", "--continue"], /--session and --continue are both given/],
    [{}, ["--session", "s", "--no-save"], /--no-save keeps nothing/],
    [{}, ["--instructions", "a", "--instructions-file", "b"], /are both given/],
  ];
  for (const [env, args, message] of wrong) {
    const changed = { ...lab, env: { ...lab.env, OPENAI_API_KEY: "", OPENAI_BASE_URL: "", ...env } as never };
    const { code, err } = await piped(changed, ["--prompt", "x", ...args]);
    assert.equal(code, 2, err);
    assert.match(err, message);
  }
  const empty = await piped(lab, [], "  \n");
  assert.deepEqual([empty.code, /there is nothing to ask/.test(empty.err)], [2, true]);
  const hooks = join(lab.folder, "hooks.json");
  writeFileSync(hooks, '[{ "name": "x" }]');
  const broken = await piped(lab, ["--hooks", hooks, "--prompt", "x"]);
  assert.equal(broken.code, 1);
  assert.match(broken.err, /the hooks in .*hooks\.json cannot be used: processHook "x": command must be/);
  assert.equal((await piped(lab, ["--continue", "--prompt", "x"])).code, 1);
});

test("a model that fails is an error with the reason and without the key", async t => {
  const lab = await bench(t, [{ status: 400, message: "no such thing, sk-scripted" }]);
  const { code, out, err } = await piped(lab, ["--prompt", "x"]);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /the model scripted at http:.* answered with status 400: no such thing, \[redacted\]\n/);
});

test("the key of OpenAI is not sent to another server", async t => {
  const lab = await bench(t, ["fine"]);
  const { LUASKILLS_API_KEY: key, ...env } = lab.env;
  const mine = { ...lab, env: { ...env, LUASKILLS_API_KEY: "", OPENAI_API_KEY: key as string } };
  const { code, err } = await piped(mine, ["--prompt", "x"]);
  assert.equal(code, 1);
  assert.match(err, /status 401/);
  const theirs = {
    ...mine,
    env: { ...mine.env, LUASKILLS_BASE_URL: "", OPENAI_BASE_URL: lab.server.baseUrl },
  };
  assert.equal((await piped(theirs, ["--prompt", "x"])).out, "fine\n");
});

test("a program as a hook is asked before a tool runs", async t => {
  const lab = await bench(t, [calls(["echo-run"]), "Denied, then."]);
  const program = join(repository, "test/fixtures/agent/hook.mjs");
  const script = JSON.stringify({ "hook.before_tool": { action: "deny_tool", reason: "not on Mondays" } });
  const hooks = join(lab.folder, "hooks.json");
  writeFileSync(
    hooks,
    JSON.stringify([
      { name: "days", command: [process.execPath, program, script], intercept: ["before_tool"] },
    ]),
  );
  assert.equal((await piped(lab, ["--yes", "--hooks", hooks, "--prompt", "Echo."])).out, "Denied, then.\n");
  assert.deepEqual(textsOf(lab.server.requests[1] as never, "tool"), [
    "Tool execution denied by hook: not on Mondays",
  ]);
});

test("a conversation: text as it comes, the session is kept, Ctrl-D leaves", async t => {
  const more = gate();
  async function* slowly() {
    yield "It rains ";
    await more.opened;
    yield "in Oslo.";
  }
  const lab = await bench(t, [{ text: slowly() }, "In Rome it does not."]);
  const terminal = conversation(t, lab, ["--session", "work"]);
  await terminal.waitFor("scripted at 127.0.0.1");
  await terminal.waitFor("session work");
  await terminal.waitFor("> ");
  terminal.enter("Weather?");
  await terminal.waitFor("It rains ");
  more.open();
  await terminal.waitFor("in Oslo.");
  await terminal.waitFor("> ");
  terminal.enter("And in Rome?");
  await terminal.waitFor("In Rome it does not.");
  await terminal.waitFor("> ");
  terminal.type("\x04");
  assert.equal(await terminal.exit(), 0);
  assert.deepEqual(await historyOf(lab.sessions, "work"), [
    "user: Weather?",
    "assistant: It rains in Oslo.",
    "user: And in Rome?",
    "assistant: In Rome it does not.",
  ]);
});

test("a tool is asked about, shown as it runs, and with `always` not asked about again", async t => {
  const lab = await bench(t, [
    calls(["echo-run", { a: 1 }]),
    calls(["echo-run", { a: 2 }]),
    calls(["failing-run"]),
    "All done.",
  ]);
  const terminal = conversation(t, lab);
  await terminal.waitFor("> ");
  terminal.enter("Echo.");
  await terminal.waitFor('run echo-run {"a":1}? [y]es, [n]o, [a]lways: ');
  terminal.enter("perhaps");
  await terminal.waitFor("[a]lways: ");
  terminal.enter("a");
  await terminal.waitFor(/→ echo-run \{"a":1\}\n.*← echo-run completed, \d+ ms/);
  await terminal.waitFor(/→ echo-run \{"a":2\}\n.*← echo-run completed/);
  await terminal.waitFor("run failing-run? ");
  terminal.enter("n");
  await terminal.waitFor("× failing-run: Tool execution denied by approval hook: the user does not want it");
  await terminal.waitFor("All done.");
  terminal.enter("/quit");
  assert.equal(await terminal.exit(), 0);
});

test("what is typed while a tool runs steers the turn: the tools that are left are skipped", async t => {
  const held = gate();
  const lab = await bench(t, async ({ number }) => {
    if (number === 1) {
      await held.opened;
      return calls(["echo-run", { a: 1 }], ["echo-run", { a: 2 }]);
    }
    return "Rome, then.";
  });
  const terminal = conversation(t, lab, ["--yes"]);
  await terminal.waitFor("> ");
  terminal.enter("Look at Oslo.");
  await lab.server.request(1);
  terminal.enter("No, Rome.");
  await terminal.waitFor("> No, Rome.");
  terminal.enter("/tools");
  await terminal.waitFor("waiting-run");
  held.open();
  await terminal.waitFor(/echo-run completed/);
  await terminal.waitFor("× echo-run: queued user steering message");
  await terminal.waitFor("Rome, then.");
  assert.deepEqual(textsOf(await lab.server.request(2), "user"), ["Look at Oslo.", "No, Rome."]);
  terminal.enter("/quit");
  assert.equal(await terminal.exit(), 0);
});

test("Ctrl-C once brings a turn to an end: one last call without tools, and the session is kept", async t => {
  const held = gate();
  const lab = await bench(t, async ({ number }) => {
    if (number === 1) await held.opened;
    return number === 1 ? calls(["echo-run"]) : "So far, so good.";
  });
  const terminal = conversation(t, lab, ["--yes", "--session", "s"]);
  await terminal.waitFor("> ");
  terminal.enter("Work.");
  await lab.server.request(1);
  terminal.type("\x03");
  await terminal.waitFor("coming to an end");
  held.open();
  await terminal.waitFor("So far, so good.");
  const last = await lab.server.request(2);
  assert.equal(last.body.tools, undefined);
  assert.match(textsOf(last, "user").at(-1) ?? "", /^Interrupt requested\./);
  await terminal.waitFor("> ");
  terminal.enter("/quit");
  assert.equal(await terminal.exit(), 0);
  assert.equal((await historyOf(lab.sessions, "s")).at(-1), "assistant: So far, so good.");
});

test("Ctrl-C twice stops a turn in the middle of a tool, and the session is as it was", async t => {
  const lab = await bench(t, ["Hello.", calls(["waiting-run"]), "Still here."]);
  const terminal = conversation(t, lab, ["--yes", "--session", "s"]);
  await terminal.waitFor("> ");
  terminal.enter("Hi.");
  await terminal.waitFor("Hello.");
  await terminal.waitFor("> ");
  terminal.enter("Wait.");
  await terminal.waitFor("→ waiting-run");
  terminal.type("\x03");
  await terminal.waitFor("coming to an end");
  terminal.type("\x03");
  await terminal.waitFor("stopped: the session is as it was before");
  assert.deepEqual(await historyOf(lab.sessions, "s"), ["user: Hi.", "assistant: Hello."]);
  await terminal.waitFor("> ");
  terminal.enter("There?");
  await terminal.waitFor("Still here.");
  await terminal.waitFor("> ");
  terminal.type("\x03");
  await terminal.waitFor("Ctrl-C again leaves");
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 0);
});

test("what a skill prints appears between the lines of the conversation", async t => {
  const lab = await bench(t, [calls(["chatty-run"]), "Seen."]);
  const terminal = conversation(t, lab, ["--yes"]);
  await terminal.waitFor("> ");
  terminal.enter("Look.");
  await terminal.waitFor(/→ chatty-run\nchatty: \[LuaSkill:info\] looking\n← chatty-run completed/);
  await terminal.waitFor("Seen.");
  terminal.enter("/quit");
  assert.equal(await terminal.exit(), 0);
});

test("commands: sessions are listed, changed and begun; what is no command says so", async t => {
  const lab = await bench(t, ["One.", "Two."]);
  const terminal = conversation(t, lab, ["--session", "first"]);
  await terminal.waitFor("> ");
  terminal.enter("of the first");
  await terminal.waitFor("One.");
  await terminal.waitFor("> ");
  terminal.enter("/session second");
  await terminal.waitFor("session second");
  terminal.enter("of the second");
  await terminal.waitFor("Two.");
  await terminal.waitFor("> ");
  terminal.enter("/sessions");
  await terminal.waitFor(/second .*of the second\nfirst .*of the first/);
  terminal.enter("/new");
  await terminal.waitFor(/session \d{8}-\d{6}-\d{3}/);
  terminal.enter("/nothing");
  await terminal.waitFor("there is no /nothing; /help lists what there is");
  terminal.enter("/help");
  await terminal.waitFor("what you type steers it");
  terminal.enter("/quit");
  assert.equal(await terminal.exit(), 0);
});

test("a signal ends a conversation with its exit code, and the turn that runs is rolled back", async t => {
  const lab = await bench(t, [calls(["waiting-run"])]);
  const terminal = conversation(t, lab, ["--yes", "--session", "s"]);
  await terminal.waitFor("> ");
  terminal.enter("Wait.");
  await terminal.waitFor("→ waiting-run");
  terminal.kill("SIGTERM");
  assert.equal(await terminal.exit(), 143);
  assert.deepEqual(await historyOf(lab.sessions, "s"), []);
});

test("one question on a terminal: Ctrl-C asks for a last word, and the exit code tells", async t => {
  const held = gate();
  const lab = await bench(t, async ({ number }) => {
    if (number === 1) await held.opened;
    return number === 1 ? calls(["echo-run"]) : "As far as I came.";
  });
  const terminal = conversation(t, lab, ["--yes", "--prompt", "Work."]);
  await lab.server.request(1);
  terminal.type("\x03");
  await terminal.waitFor("coming to an end");
  held.open();
  await terminal.waitFor("As far as I came.");
  assert.equal(await terminal.exit(), 130);
});

test("a line that is being typed stays, while text comes above it and questions come between", async t => {
  const [more, answer] = [gate(), gate()];
  async function* slowly() {
    yield "one ";
    await more.opened;
    yield "two\nthree";
  }
  const lab = await bench(t, async ({ number }) => {
    if (number === 1) return { text: slowly(), ...calls(["echo-run"]) };
    if (number === 2) await answer.opened;
    return number === 2 ? "Oslo." : "Rome, then.";
  });
  const terminal = conversation(t, lab);
  await terminal.waitFor("> ");
  terminal.enter("Count.");
  await terminal.waitFor("one ");
  terminal.type("No, R");
  await terminal.waitFor("> No, R");
  more.open();
  await terminal.waitFor("two");
  await terminal.waitFor("run echo-run? ");
  terminal.enter("y");
  await terminal.waitFor("echo-run completed");
  await lab.server.request(2);
  await terminal.waitFor("> No, R");
  terminal.enter("ome.");
  await terminal.waitFor("ome.");
  terminal.enter("/tools");
  await terminal.waitFor("waiting-run");
  answer.open();
  await terminal.waitFor("Rome, then.");
  assert.deepEqual(textsOf(await lab.server.request(3), "user"), ["Count.", "No, Rome."]);
  terminal.enter("/quit");
  assert.equal(await terminal.exit(), 0);
});

test("a line of several rows makes way for text and comes back whole", async t => {
  const [more, end] = [gate(), gate()];
  async function* slowly() {
    yield "one\n";
    await more.opened;
    yield "two\nthree\n";
    await end.opened;
  }
  const lab = await bench(t, [{ text: slowly() }, "Noted."]);
  const columns = 40;
  const terminal = luaskillsOnTerminal(t, lab.args, { env: lab.env, columns });
  await terminal.waitFor("> ");
  terminal.enter("Count.");
  await terminal.waitFor("one\n");
  const long = "and then say in which of the cities that I named it rained yesterday";
  terminal.type(long);
  await terminal.waitFor("yesterday");
  more.open();
  await terminal.waitFor("three\n");
  await terminal.waitFor("yesterday");
  const shown = screenOf(terminal.raw, columns);
  const first = shown.indexOf("one");
  assert.deepEqual(shown.slice(first, first + 3), ["one", "two", "three"], shown.join("\n"));
  const typed = `> ${long}`;
  assert.deepEqual(shown.slice(first + 3), [
    typed.slice(0, columns).trimEnd(),
    typed.slice(columns).trimEnd(),
  ]);
  terminal.type("\r");
  end.open();
  await terminal.waitFor("Noted.");
  terminal.enter("/quit");
  assert.equal(await terminal.exit(), 0);
});

test("one question on a terminal asks before tools run; Ctrl-C there is a no and a last word", async t => {
  const lab = await bench(t, [calls(["echo-run"]), calls(["echo-run"]), "As far as I came."]);
  const terminal = conversation(t, lab, ["--prompt", "Work."]);
  await terminal.waitFor("run echo-run? ");
  terminal.enter("y");
  await terminal.waitFor("← echo-run completed");
  await terminal.waitFor("run echo-run? ");
  terminal.type("\x03");
  await terminal.waitFor("As far as I came.");
  assert.equal(await terminal.exit(), 130);
  assert.equal(lab.server.requests[2]?.body.tools, undefined);
});
