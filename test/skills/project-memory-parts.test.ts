// The parts of the example skill project-memory that are computation only.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Json, SkillEngine } from "luaskills";
import { repository } from "./skill-tree.js";

const folder = join(repository, "examples", "skills", "project-memory", "runtime", "parts");
let engine: SkillEngine;

before(async () => {
  engine = await SkillEngine.create();
});

after(() => engine.close());

/** What `part` is in the code: the value of a file of the folder. */
async function withPart(name: string, code: string, args: { [key: string]: Json } = {}): Promise<Json> {
  const file = join(folder, `${name}.lua`);
  return engine.runLua(`local part = dofile(args.file) ${code}`, { ...args, file });
}

async function vectorOf(text: string): Promise<number[]> {
  return (await withPart("local-embedding", "return part.of(args.text)", { text })) as number[];
}

async function similarity(a: string, b: string): Promise<number> {
  const [x, y] = [await vectorOf(a), await vectorOf(b)];
  const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * (q[i] as number), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

test("the local embedding gives a text the same 512 numbers on every VM", async () => {
  const text = "Release trains leave on Tuesday. 发布列车星期二出发。";
  const first = await vectorOf(text);
  assert.equal(first.length, 512);
  const other = await SkillEngine.create({ jit: false });
  const code = "return dofile(args.file).of(args.text)";
  const again = await other.runLua(code, { file: join(folder, "local-embedding.lua"), text });
  await other.close();
  assert.deepEqual(again, first);
});

const alike: [query: string, near: string, far: string][] = [
  ["deploying to production", "How we deploy to production", "Coffee machine manual"],
  ["database migrations", "A migration of the database schema", "Colours of the logo"],
  ["数据库迁移", "数据库的迁移步骤", "咖啡机的使用说明"],
  [
    "when do we deploy",
    "Deploys\nOn Fridays never. 发布前先在测试环境验证。",
    "When we are at it: the logo is what it is",
  ],
  ["测试环境在哪里", "测试环境的地址", "How we deploy to production"],
  ["Straße", "Die Straßen der Stadt", "Le café du coin"],
];

for (const [query, near, far] of alike) {
  test(`"${query}" is more like "${near}" than "${far}"`, async () => {
    const [close, distant] = [await similarity(query, near), await similarity(query, far)];
    assert.ok(close > 0.15 && close > distant + 0.1, `${close} against ${distant}`);
  });
}

test("case and punctuation do not matter to the local embedding", async () => {
  assert.deepEqual(await vectorOf("Ship it, now!"), await vectorOf("ship IT now"));
  assert.deepEqual(await vectorOf("“发布”，好！"), await vectorOf("发布 好"));
});

test("a text without anything in it has a vector of zeros, and a long word none that breaks", async () => {
  assert.ok((await vectorOf(" ,.—!? ")).every(x => x === 0));
  assert.ok((await vectorOf("x".repeat(100_000))).some(x => x !== 0));
});

test("fusion puts what is good in both lists before what is first in one", async () => {
  const merged = await withPart(
    "fusion",
    `local function hits(ids) local list = {} for i, id in ipairs(ids) do list[i] = { id = id } end return list end
    local out = {}
    for i, hit in ipairs(part({ words = hits({ 1, 2, 3 }), meaning = hits({ 4, 2 }) })) do
      out[i] = hit.id .. ":" .. (hit.places.words or "-") .. (hit.places.meaning or "-")
    end
    return table.concat(out, " ")`,
  );
  assert.equal(merged, "2:22 4:-1 1:1- 3:3-");
});

test("fusion of nothing is nothing", async () => {
  assert.equal(await withPart("fusion", "return #part({ words = {}, meaning = {} })"), 0);
});

test("texts are cut between characters", async () => {
  for (const bytes of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const start = await withPart("layout", "return part.start_of('a中é中', args.bytes)", { bytes });
    assert.ok("a中é中".startsWith(String(start)));
    assert.ok(Buffer.byteLength(String(start)) <= bytes);
  }
  assert.equal(await withPart("layout", "return part.summary('a\\n  b')"), "a b");
  assert.match(String(await withPart("layout", "return part.summary(('中'):rep(100))")), /^中{53}…$/);
});

const arguments_: [code: string, args: { [key: string]: Json }, expected: string][] = [
  ["text('title', 5)", {}, "nil nil"],
  ["text('title', 5)", { title: "  abc " }, "abc nil"],
  ["text('title', 5)", { title: "中文中文中" }, "中文中文中 nil"],
  ["text('title', 5)", { title: "abcdef" }, "nil title must be at most 5 characters long"],
  ["text('title', 5)", { title: " " }, "nil title must be a text that is not blank"],
  ["text('title', 5)", { title: 7 }, "nil title must be a text that is not blank"],
  ["whole('limit', 1, 9, 3)", {}, "3 nil"],
  ["whole('limit', 1, 9, 3)", { limit: 9 }, "9 nil"],
  ["whole('limit', 1, 9, 3)", { limit: 10 }, "nil limit must be a whole number from 1 to 9"],
  ["whole('limit', 1, 9, 3)", { limit: 1.5 }, "nil limit must be a whole number from 1 to 9"],
  ["whole('limit', 1, 9, 3)", { limit: "1" }, "nil limit must be a whole number from 1 to 9"],
  ["flag('all')", { all: true }, "true nil"],
  ["flag('all')", {}, "false nil"],
  ["flag('all')", { all: 1 }, "nil all must be true or false"],
  ["tags()", { tags: [" Ops", "ops", "中文"] }, "ops,中文 nil"],
  ["tags()", { tags: [] }, " nil"],
  ["tags()", { tags: "ops" }, "nil tags must be a list of at most 20 texts"],
  ["tags()", { tags: { a: "b" } }, "nil tags must be a list of at most 20 texts"],
  ["tags()", { tags: ["a", ""] }, "nil tags must be texts of 1 to 50 characters"],
  ["tags()", { tags: ["a", 1] }, "nil tags must be texts of 1 to 50 characters"],
];

for (const [code, args, expected] of arguments_) {
  test(`the argument ${code} of ${JSON.stringify(args)} is "${expected}"`, async () => {
    const answer = await withPart(
      "arguments",
      `local check = part(args)
      local value = check.${code}
      if type(value) == "table" then value = table.concat(value, ",") end
      return tostring(value) .. " " .. tostring(check.problem)`,
      args,
    );
    assert.equal(answer, expected);
  });
}
