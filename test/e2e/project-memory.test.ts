// examples/skills/project-memory, used the way people would: real engines, real files, several of them at once.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import Database from "better-sqlite3";
import type { Json, SkillEngine, SkillEngineOptions } from "luaskills";
import { createEngine, repository, temporaryFolder } from "../skills/skill-tree.js";

type Args = { [name: string]: Json };

/** A root with the skill; its databases lie beside it. */
function projectFolder(t: TestContext): string {
  const folder = temporaryFolder(t);
  const skill = join("skills", "project-memory");
  cpSync(join(repository, "examples", skill), join(folder, skill), { recursive: true });
  return folder;
}

async function open(t: TestContext, folder: string, options: SkillEngineOptions = {}): Promise<SkillEngine> {
  const engine = await createEngine(t, { validateArguments: true, ...options });
  const report = await engine.load([{ name: "PROJECT", skillsDir: join(folder, "skills") }]);
  assert.deepEqual(report.loaded, ["project-memory"]);
  return engine;
}

async function ask(engine: SkillEngine, entry: string, args: Args = {}): Promise<string> {
  return (await engine.call(`project-memory-${entry}`, args)).content;
}

function askSync(engine: SkillEngine, entry: string, args: Args = {}): string {
  return engine.callSync(`project-memory-${entry}`, args).content;
}

/** The titles of found notes in their order. */
async function recall(engine: SkillEngine, query: string, more: Args = {}): Promise<string[]> {
  const text = await ask(engine, "recall", { query, ...more });
  return [...text.matchAll(/^## \d+: (.*)$/gm)].map(([, title]) => title as string);
}

const knowledge: Args[] = [
  {
    title: "Deploys",
    body: "The release train leaves on Tuesday. Never deploy to production on a Friday.",
    tags: ["ops", "Release"],
    path: "docs/release.md",
  },
  {
    title: "Schema changes",
    body: "Migrations of the database run before the new code starts.",
    tags: ["ops"],
  },
  { title: "测试环境", body: "测试环境的数据库每天晚上从备份恢复，密码在保险箱里。", tags: ["测试"] },
  { title: "Logo", body: "The colours are teal and sand." },
];

async function rememberAll(engine: SkillEngine): Promise<void> {
  for (const [i, note] of knowledge.entries()) {
    assert.equal(await ask(engine, "remember", note), `Remembered note ${i + 1}: ${note.title}`);
  }
}

test("what one engine remembers, the next recalls by words, by meaning and in Chinese", async t => {
  const folder = projectFolder(t);
  const first = await open(t, folder);
  await rememberAll(first);
  await first.close();

  const engine = await open(t, folder);
  assert.equal((await recall(engine, "when is the release"))[0], "Deploys");
  assert.equal((await recall(engine, "migrating databases"))[0], "Schema changes");
  assert.equal((await recall(engine, "数据库密码"))[0], "测试环境");
  assert.deepEqual(await recall(engine, "quantum chromodynamics"), []);
  assert.equal(await ask(engine, "recall", { query: "zzz qqq" }), "No note is found.");
});

test("a recalled note says where it is, what it is about and how it was found", async t => {
  const engine = await open(t, projectFolder(t));
  await rememberAll(engine);
  const text = await ask(engine, "recall", { query: "production on Friday", limit: 1 });
  const day = new Date().toISOString().slice(0, 10);
  const [count, , heading, facts, , piece] = text.split("\n");
  assert.equal(count, "1 note, best first");
  assert.equal(heading, "## 1: Deploys");
  assert.match(
    facts ?? "",
    new RegExp(
      `^tags: ops, release; path: docs/release.md; changed ${day}; found by words \\(place 1\\) and meaning \\(place 1\\)$`,
    ),
  );
  assert.match(piece ?? "", /\*\*production\*\*/);
});

test("notes are listed by their tags, the latest first, page by page", async t => {
  const engine = await open(t, projectFolder(t));
  assert.equal(await ask(engine, "list"), "0 notes");
  await rememberAll(engine);
  const numbers = (text: string) => [...text.matchAll(/^- (\d+):/gm)].map(([, id]) => Number(id));
  assert.deepEqual(numbers(await ask(engine, "list")), [4, 3, 2, 1]);
  assert.deepEqual(numbers(await ask(engine, "list", { tags: ["OPS"] })), [2, 1]);
  assert.deepEqual(numbers(await ask(engine, "list", { tags: ["ops", "release"] })), [1]);
  assert.match(await ask(engine, "list", { tags: ["none"] }), /^0 notes with none$/);
  const page = await ask(engine, "list", { limit: 2, offset: 1 });
  assert.match(page, /^4 notes; 2 to 3\n/);
  assert.match(page, /\nMore: offset 3$/);
  assert.deepEqual(numbers(page), [3, 2]);
  assert.deepEqual(await recall(engine, "deploy 数据库", { tags: ["测试"] }), ["测试环境"]);
});

test("a changed note keeps what was not given, and is found by its new text only", async t => {
  const engine = await open(t, projectFolder(t));
  await rememberAll(engine);
  assert.equal(
    await ask(engine, "remember", { id: 4, body: "Painted in vermilion now." }),
    "Changed note 4: Logo",
  );
  assert.deepEqual((await recall(engine, "vermilion"))[0], "Logo");
  assert.doesNotMatch(await ask(engine, "recall", { query: "teal" }), /Logo.*\n.*words/);
  await ask(engine, "remember", { id: 1, tags: [] });
  const shown = await ask(engine, "show", { id: 1 });
  assert.match(
    shown,
    /^# 1: Deploys\npath: docs\/release.md; changed .*; made .*\n\nThe release train leaves/,
  );
});

test("a forgotten note is gone, and its number is not given again", async t => {
  const engine = await open(t, projectFolder(t));
  await rememberAll(engine);
  assert.equal(await ask(engine, "forget", { id: 4 }), "Forgot note 4: Logo");
  assert.equal(await ask(engine, "show", { id: 4 }), "error: there is no note 4");
  assert.equal(await ask(engine, "forget", { id: 4 }), "error: there is no note 4");
  assert.equal(await ask(engine, "remember", { id: 4, title: "New" }), "error: there is no note 4");
  assert.deepEqual(await recall(engine, "colours teal sand"), []);
  assert.match(await ask(engine, "remember", { title: "Next", body: "b" }), /note 5/);
});

/** A model that knows two subjects, whatever the words. */
async function subjects(text: string): Promise<{ vector: number[] }> {
  const about = (words: RegExp) => text.match(words)?.length ?? 0;
  return { vector: [about(/car|automobile|vehicle/gi), about(/tree|oak|forest/gi), 0.01] };
}

test("with a model of the host notes are found that have none of the words", async t => {
  const folder = projectFolder(t);
  const engine = await open(t, folder);
  engine.setModels({ embed: subjects });
  await ask(engine, "remember", { title: "Fleet", body: "Every automobile has a logbook." });
  await ask(engine, "remember", { title: "Garden", body: "The oak is protected." });
  assert.deepEqual(await recall(engine, "car"), ["Fleet"]);
  assert.deepEqual(await recall(engine, "forest"), ["Garden"]);
  assert.match(await ask(engine, "recall", { query: "car" }), /found by meaning \(place 1\)$/m);
  assert.match(await ask(engine, "status"), /^Search by meaning: model\/3, 2 of 2 notes, in /m);
});

test("after the model was changed notes are found by words, until they are indexed again", async t => {
  const folder = projectFolder(t);
  const engine = await open(t, folder);
  await rememberAll(engine);
  assert.match(await ask(engine, "status"), /^Search by meaning: local-1\/512, 4 of 4 notes/m);

  engine.setModels({ embed: subjects });
  const changed = /the vectors were made by local-1\/512, texts are embedded by model\/3 now/;
  assert.match(await ask(engine, "recall", { query: "Friday" }), changed);
  assert.deepEqual(await recall(engine, "Friday"), ["Deploys"]);
  assert.match(await ask(engine, "remember", { title: "Cars", body: "Two cars." }), changed);
  assert.match(
    await ask(engine, "status"),
    /^Texts are embedded by model now: call project-memory-reindex$/m,
  );
  assert.equal(await ask(engine, "reindex"), "The search is up to date. 5 vectors made by model/3.");
  assert.deepEqual(await recall(engine, "automobile"), ["Cars"]);

  await engine.config.set("project-memory", "embedding_model", "subjects-2");
  assert.match(await ask(engine, "recall", { query: "automobile" }), /embedded by subjects-2\/3 now/);
  assert.equal(await ask(engine, "reindex"), "The search is up to date. 5 vectors made by subjects-2/3.");
  assert.equal(await ask(engine, "reindex"), "The search is up to date. 0 vectors made by subjects-2/3.");
  assert.equal(
    await ask(engine, "reindex", { all: true }),
    "The search is up to date. 5 vectors made by subjects-2/3.",
  );
});

test("a note is kept when the model fails, and gets its vector later", async t => {
  const engine = await open(t, projectFolder(t));
  let up = false;
  engine.setModels({
    embed: async text => {
      if (!up) throw new Error("the quota is used up");
      return subjects(text);
    },
  });
  const note = { title: "Fleet", body: "Every automobile has a logbook." };
  const lacking = /It is found by its words only: the embedding model failed: the quota is used up$/;
  assert.match(await ask(engine, "remember", note), lacking);
  assert.deepEqual(await recall(engine, "logbook"), ["Fleet"]);
  up = true;
  assert.match(
    await ask(engine, "remember", { title: "Garden", body: "The oak." }),
    /^Remembered note 2: Garden$/,
  );
  assert.match(
    await ask(engine, "status"),
    /model\/3, 1 of 2 notes.*\nSome notes are found by their words only/,
  );
  assert.equal(await ask(engine, "reindex"), "The search is up to date. 1 vector made by model/3.");
  assert.deepEqual(await recall(engine, "car"), ["Fleet"]);
});

test("without LanceDB notes are found by their words, and the status says why", async t => {
  const engine = await open(t, projectFolder(t), { databases: { lancedb: "disabled" } });
  const reason = "current skill has not enabled lancedb";
  const answer = await ask(engine, "remember", knowledge[0]);
  assert.equal(answer, `Remembered note 1: Deploys\nIt is found by its words only: ${reason}`);
  assert.deepEqual(await recall(engine, "Friday"), ["Deploys"]);
  assert.match(
    await ask(engine, "recall", { query: "Friday" }),
    new RegExp(`Looked for words only: ${reason}$`),
  );
  assert.match(await ask(engine, "status"), new RegExp(`^Search by meaning: off \\(${reason}\\)$`, "m"));
  assert.match(await ask(engine, "reindex"), new RegExp(`that by meaning is not: ${reason}$`));
  assert.equal(await ask(engine, "forget", { id: 1 }), "Forgot note 1: Deploys");
});

test("without SQLite every entry says that there are no notes to be had", async t => {
  const engine = await open(t, projectFolder(t), { databases: { sqlite: "disabled" } });
  const answer =
    "error: notes are kept in SQLite, and there is none here: current skill has not enabled sqlite";
  const calls: [string, Args][] = [
    ["remember", { title: "t", body: "b" }],
    ["recall", { query: "q" }],
    ["show", { id: 1 }],
    ["list", {}],
    ["forget", { id: 1 }],
    ["status", {}],
    ["reindex", {}],
  ];
  for (const [entry, args] of calls) assert.equal(await ask(engine, entry, args), answer, entry);
});

test("synchronous calls do without vectors, which are made later", async t => {
  const engine = await open(t, projectFolder(t));
  assert.match(
    askSync(engine, "remember", knowledge[0]),
    /^Remembered note 1: Deploys\nIt is found by its words only: .*synchronous/,
  );
  assert.match(askSync(engine, "recall", { query: "Friday" }), /## 1: Deploys/);
  assert.match(askSync(engine, "show", { id: 1 }), /release train/);
  assert.match(askSync(engine, "status"), /Search by meaning: local-1, 0 of 1 notes/);
  await ask(engine, "remember", knowledge[1]);
  assert.match(askSync(engine, "recall", { query: "Friday" }), /\nLooked for words only: .*synchronous/);
  assert.equal(await ask(engine, "reindex"), "The search is up to date. 1 vector made by local-1/512.");
  assert.match(askSync(engine, "forget", { id: 1 }), /^Forgot note 1/);
  assert.deepEqual(await recall(engine, "release Friday production"), []);
});

test("two engines keep notes in the same files at once, and each finds those of both", async t => {
  const folder = projectFolder(t);
  const engines = await Promise.all([open(t, folder), open(t, folder)]);
  const count = 20;
  const answers = await Promise.all(
    engines.flatMap((engine, number) =>
      Array.from({ length: count }, (_, i) =>
        ask(engine, "remember", {
          title: `Note ${number}-${i}`,
          body: `subject${number}x${i} in the middle`,
        }),
      ),
    ),
  );
  const ids = answers.map(answer => /^Remembered note (\d+): Note \d+-\d+$/.exec(answer)?.[1]);
  assert.equal(new Set(ids).size, 2 * count, answers.join("\n"));
  for (const engine of engines) {
    assert.match(await ask(engine, "status"), /local-1\/512, 40 of 40 notes/);
    assert.equal((await recall(engine, "subject0x7"))[0], "Note 0-7");
    assert.equal((await recall(engine, "subject1x13"))[0], "Note 1-13");
  }
});

test("vectors that were lost are made again", async t => {
  const folder = projectFolder(t);
  const first = await open(t, folder);
  await rememberAll(first);
  await first.close();
  rmSync(join(folder, "databases", "lancedb"), { recursive: true });

  const engine = await open(t, folder);
  assert.deepEqual(await recall(engine, "Friday"), ["Deploys"]);
  assert.match(await ask(engine, "recall", { query: "Friday" }), /Looked for words only: /);
  assert.equal(
    await ask(engine, "reindex", { all: true }),
    "The search is up to date. 4 vectors made by local-1/512.",
  );
  assert.match(await ask(engine, "recall", { query: "Friday" }), /found by words .* and meaning/);
});

test("notes of a newer version of the skill are left alone", async t => {
  const folder = projectFolder(t);
  const engine = await open(t, folder);
  await rememberAll(engine);
  await engine.close();
  const file = join(folder, "databases", "sqlite", "project-memory", "project-memory.sqlite3");
  const database = new Database(file);
  database.pragma("user_version = 99");
  database.close();
  await assert.rejects(ask(await open(t, folder), "list"), /from a newer version of this skill.* 99, not 1/);
});

const mistakes: [entry: string, args: Args, answer: RegExp][] = [
  ["remember", {}, /^error: title must be given$/],
  ["remember", { title: "t" }, /^error: body must be given$/],
  ["remember", { title: " ", body: "b" }, /^error: title must be a text that is not blank$/],
  ["remember", { title: "x".repeat(201), body: "b" }, /^error: title must be at most 200 characters long$/],
  ["remember", { title: "t", body: "b", tags: "ops" }, /^error: tags must be a list of at most 20 texts$/],
  ["remember", { id: 1 }, /^error: nothing is given that could be changed/],
  ["remember", { id: 0, title: "t" }, /^error: id must be a whole number from 1/],
  ["remember", { id: 99, title: "t" }, /^error: there is no note 99$/],
  ["recall", {}, /^error: query must be given$/],
  ["recall", { query: "q", limit: 51 }, /^error: limit must be a whole number from 1 to 50$/],
  ["show", {}, /^error: id must be given$/],
  ["show", { id: "one" }, /^error: id must be a whole number from 1/],
  ["list", { offset: -1 }, /^error: offset must be a whole number from 0/],
  ["forget", {}, /^error: id must be given$/],
  ["reindex", { all: "yes" }, /^error: all must be true or false$/],
];

test("mistakes are answered with what to change, and nothing is kept", async t => {
  const engine = await open(t, projectFolder(t), { validateArguments: false });
  for (const [entry, args, answer] of mistakes) {
    assert.match(await ask(engine, entry, args), answer, `${entry} ${JSON.stringify(args)}`);
  }
  assert.equal(await ask(engine, "list"), "0 notes");
});

test("texts are kept as they are: quotes, marks, control characters, emoji", async t => {
  const engine = await open(t, projectFolder(t));
  const body = `'); DROP TABLE notes; -- "x" <mark> \u0001 \u{1f600} ${"line\n".repeat(3000)}end`;
  await ask(engine, "remember", { title: 'It\'s "quoted" * OR NEAR(', body });
  const shown = await ask(engine, "show", { id: 1 });
  assert.ok(shown.endsWith(body));
  assert.deepEqual(await recall(engine, 'quoted" OR NEAR( *'), ['It\'s "quoted" * OR NEAR(']);
});

test("the help pages are there", async t => {
  const engine = await open(t, projectFolder(t));
  const [help] = engine.help.list();
  assert.deepEqual(help?.flows.map(({ flowName }) => flowName).sort(), ["notes", "searching"]);
  for (const page of ["main", "notes", "searching"]) {
    assert.match((await engine.help.render("project-memory", page))?.content ?? "", /^# \w+/);
  }
});
