// Completion: what is offered where, and the scripts in real shells.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { repository, temporaryFolder, writeSkill, writeSkills } from "../skills/skill-tree.js";
import { luaskills, program } from "./command-line.js";

const garden = `name: Garden
version: 1.0.0
entries:
  - name: water
    description: "Waters the plants: all of them."
    lua_entry: runtime/water.lua
    lua_module: garden_water
    parameters:
      - { name: litres, type: number, description: How much. }
      - { name: gently, type: boolean, description: Without splashing. }
help:
  main: { description: All., file: help/main.md }
  topics: [{ name: weeds, description: About weeds., file: help/main.md }]
`;

/** A folder with skills in `skills`; the code of none may run. */
function project(t: TestContext): string {
  const folder = temporaryFolder(t);
  const dangerous = "io.open('ran', 'w'):close() return function() end";
  writeSkill(join(folder, "skills"), "garden", {
    "skill.yaml": garden,
    "runtime/water.lua": dangerous,
    "help/main.md": "# x",
  });
  writeSkills(join(folder, "skills"), {
    gate: dangerous,
    "off-duty": { "skill.yaml": "name: Off\nversion: 1.0.0\nenable: false\n" },
    ruin: { "skill.yaml": "{" },
  });
  return folder;
}

async function offered(t: TestContext, ...words: string[]): Promise<string[]> {
  const { code, out, err } = await luaskills(["complete", "fish", "--", ...words], { cwd: project(t) });
  assert.equal(err, "");
  assert.equal(code, 0);
  const [kind = "", ...lines] = out.trimEnd().split("\n");
  return kind === "words" ? lines.map(line => line.split("\t", 1)[0] as string) : [`<${kind}>`];
}

const cases: [words: string[], expected: string[]][] = [
  [["ca"], ["call"]],
  [
    ["call", ""],
    ["garden-water", "gate-run"],
  ],
  [["call", "gat"], ["gate-run"]],
  [["bench", "gar"], ["garden-water"]],
  [["call", "garden-water", ""], []],
  [
    ["call", "garden-water", "--arg", ""],
    ["litres=", "gently=true", "gently=false"],
  ],
  [["call", "garden-water", "--arg", "gently=f"], ["gently=false"]],
  [["call", "garden-water", "--arg=li"], ["--arg=litres="]],
  [["call", "garden-water", "--args-file", ""], ["<files>"]],
  [["call", "--time"], ["--timeout"]],
  [["call", "--timeout", ""], []],
  [
    ["help", "ga"],
    ["garden", "gate", "garden-water", "gate-run"],
  ],
  [
    ["help", "garden", ""],
    ["main", "weeds"],
  ],
  [["help", "conf"], ["config"]],
  [
    ["config", ""],
    ["list", "get", "set", "delete"],
  ],
  [["config", "get", "o"], ["off-duty"]],
  [["check", "r"], ["ruin"]],
  [["check", "./"], ["<folders>"]],
  [["exec", ""], ["<files>"]],
  [["exec", "--sandbox", "s"], ["strict"]],
  [["exec", "--sandbox=s"], ["--sandbox=strict"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [
    ["--root", ""],
    ["ROOT=", "PROJECT=", "USER="],
  ],
  [["--root", "ROOT=x"], ["<folders>"]],
  [["--runtime-root", ""], ["<folders>"]],
  [["--root", "A=/does/not/exist", "call", ""], []],
  [["--json", "ca"], ["call"]],
  [["call", "--", "--"], []],
  [["nonsense", ""], []],
];

for (const [words, expected] of cases) {
  test(`luaskills ${words.join(" ")}⇥ offers ${expected.join(" ") || "nothing"}`, async t => {
    assert.deepEqual(await offered(t, ...words), expected);
  });
}

test("all commands are offered, and the one behind the scripts is not", async t => {
  const names = await offered(t, "");
  for (const name of ["list", "call", "help", "exec", "repl", "config", "bench", "doctor", "completion"]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(!names.includes("complete"));
});

test("roots on the command line count, wherever they stand", async t => {
  const root = `A=${join(project(t), "skills")}`;
  const ask = async (...words: string[]) => (await luaskills(["complete", "zsh", "--", ...words])).out;
  assert.match(await ask("call", "--root", root, ""), /^garden-water\t/m);
  assert.match(await ask(`--root=${root}`, "call", ""), /^garden-water\t/m);
});

test("completion runs no code of skills, and like the help it needs neither the addon nor most packages", async t => {
  const folder = temporaryFolder(t);
  const installed = join(folder, "node_modules/luaskills");
  for (const part of ["package.json", "dist"])
    cpSync(join(repository, part), join(installed, part), { recursive: true });
  for (const name of ["commander", "js-yaml"]) {
    symlinkSync(join(repository, "node_modules", name), join(folder, "node_modules", name), "junction");
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(installed, "dist/cli/main.js"), "complete", "fish", "--", "call", "g"],
    { cwd: project(t), encoding: "utf8" },
  );
  assert.equal(stderr, "");
  const help = spawnSync(process.execPath, [join(installed, "dist/cli/main.js"), "--help"], {
    encoding: "utf8",
  });
  assert.deepEqual([help.status, help.stderr], [0, ""]);
  assert.match(stdout, /^words\ngarden-water\tWaters the plants: all of them\.\ngate-run\t\n$/);
  assert.equal(status, 0);
});

test("bash gets the part of the word that it replaces, from the line as it is typed", async t => {
  const cwd = project(t);
  const ask = async (line: string) => (await luaskills(["complete", "bash", "--", line], { cwd })).out;
  assert.equal(await ask("luaskills call garden-water --arg gently=t"), "words\ntrue\tWithout splashing.\n");
  assert.equal(
    await ask("./bin/luaskills  'call'  gard"),
    "words\ngarden-water\tWaters the plants: all of them.\n",
  );
  assert.equal(
    await ask('luaskills call "garden-wa'),
    "words\ngarden-water\tWaters the plants: all of them.\n",
  );
  assert.equal(
    await ask("luaskills call garden\\-wat"),
    "words\ngarden-water\tWaters the plants: all of them.\n",
  );
});

/** A project with `luaskills` on the path of a shell. */
function shellProject(t: TestContext) {
  const cwd = project(t);
  const bin = join(cwd, "bin");
  mkdirSync(bin);
  chmodSync(program, 0o755);
  symlinkSync(program, join(bin, "luaskills"));
  symlinkSync(process.execPath, join(bin, "node"));
  return { cwd, env: { ...process.env, PATH: bin + delimiter + process.env.PATH } };
}

const isThere = (shell: string) => spawnSync(shell, ["-c", "exit"]).error === undefined;

if (isThere("bash")) {
  test("the script works in bash", t => {
    const script = `
      source <(luaskills completion bash)
      complete -p luaskills
      ask() {
        COMP_LINE=$1 COMP_POINT=\${#1}
        COMP_WORDS=(\${1//[=]/ = }) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        COMPREPLY=()
        _luaskills luaskills
        printf '%s|' "\${COMPREPLY[@]}"
        echo
      }
      compopt() { echo "compopt $*"; }
      ask 'luaskills ca'
      ask 'luaskills call gar'
      ask 'luaskills call garden-water --arg gently='
      ask 'luaskills call garden-water --arg lit'
      ask 'luaskills exec x'
      ask 'luaskills --root A=sk'`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], {
      ...shellProject(t),
      encoding: "utf8",
    });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n"), [
      "complete -F _luaskills luaskills",
      "call|",
      "garden-water|",
      "true|false|",
      "compopt -o nospace",
      "litres=|",
      "compopt -o default",
      "|",
      "compopt -o default -o dirnames",
      "|",
      "",
    ]);
  });
}

if (isThere("fish")) {
  test("the script works in fish", t => {
    const { cwd, env } = shellProject(t);
    const script = `
      luaskills completion fish | source
      complete -C 'luaskills call gar'
      complete -C 'luaskills call garden-water --arg gently='
      complete -C 'luaskills --root A=sk'`;
    const home = temporaryFolder(t);
    const { stdout } = spawnSync("fish", ["--no-config", "-c", script], {
      cwd,
      env: { ...env, HOME: home, XDG_CONFIG_HOME: home },
      encoding: "utf8",
    });
    const [entry, no, yes, folder] = stdout.split("\n");
    assert.equal(entry, "garden-water\tWaters the plants: all of them.");
    assert.deepEqual([no, yes].sort(), [
      "gently=false\tWithout splashing.",
      "gently=true\tWithout splashing.",
    ]);
    assert.match(folder as string, /^A=skills\//);
  });
}

if (isThere("zsh")) {
  test("the script works in zsh", t => {
    const { cwd, env } = shellProject(t);
    // The functions of zsh's completion say what they are given.
    const script = `
      compdef() { echo "compdef $*" }
      _files() { echo "files $*" }
      compset() { :; }
      _describe() { local name=$4; echo "describe \${(P)#name}: \${(P@j:|:)name} $argv[5,-1]" }
      source <(luaskills completion zsh)
      ask() { words=("$@"); CURRENT=$#words; _luaskills }
      ask luaskills call gar
      ask luaskills call garden-water --arg lit
      ask luaskills --root A=sk
      ask luaskills exec ''`;
    writeFileSync(join(cwd, "script.zsh"), script);
    const { stdout, stderr } = spawnSync("zsh", ["-f", "script.zsh"], { cwd, env, encoding: "utf8" });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n"), [
      "compdef _luaskills luaskills",
      "describe 1: garden-water:Waters the plants: all of them. ",
      "describe 1: litres=:How much. -S ",
      "files -/",
      "files ",
      "",
    ]);
  });
}

test("an unknown shell is a usage error", async () => {
  const { code, err } = await luaskills(["completion", "csh"]);
  assert.match(err, /Allowed choices are bash, zsh, fish/);
  assert.equal(code, 2);
});
