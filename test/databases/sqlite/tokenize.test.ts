import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SqliteDatabases } from "#dist/databases/sqlite/databases.js";
import { type Fields, skillDatabase as newDatabase } from "./skill-database.js";

/** Reading jieba's dictionary takes longer than a test. */
const thread = new SqliteDatabases();
const skillDatabase = (test: TestContext) => newDatabase(test, thread);

test("tokenize_text says how it understood the text", t => {
  const { call } = skillDatabase(t);
  assert.deepEqual(call("tokenize_text", { text: "  hello \u3000\n world " }), {
    success: true,
    tokenizer_mode: "none",
    normalized_text: "hello world",
    fts_query: '"hello" "world"',
    tokens: ["hello", "world"],
  });
});

/** Text, fields, tokens. */
const texts: [text: string, fields: Fields, tokens: string[]][] = [
  ["Hello, World", {}, ["Hello", "World"]],
  ["a-b_c.d", {}, ["a", "b", "c", "d"]],
  ["¡naïve!", {}, ["¡naïve"]],
  ["中文，句子。第二", {}, ["中文，句子。第二"]],
  ["!?!", {}, ["!?!"]],
  ["! ?", {}, ["! ?"]],
  ["a\u0085b\u00a0c", {}, ["a", "b", "c"]],
  ["a\ufeffb", {}, ["a\ufeffb"]],
  ["你好，World", { tokenizer_mode: "jieba" }, ["你好", "，", "World"]],
  ["我们中出了一个叛徒", { tokenizer_mode: "jieba" }, ["我们", "中出", "了", "一个", "叛徒"]],
  ["南京市长江大桥", { tokenizer_mode: "jieba" }, ["南京市", "长江大桥"]],
  [
    "南京市长江大桥",
    { tokenizer_mode: "jieba", search_mode: true },
    ["南京", "京市", "南京市", "长江", "大桥", "长江大桥"],
  ],
  ["南京市", { tokenizer_mode: "jieba", search_mode: "yes" }, ["南京市"]],
  ["a  b", { tokenizer_mode: " JieBa " }, ["a", "b"]],
  ["a-b", { mode: "jieba" }, ["a", "-", "b"]],
  ["a-b", { tokenizer_mode: "none", mode: "jieba" }, ["a", "b"]],
  ["a-b", { tokenizer_mode: "", mode: "jieba" }, ["a", "b"]],
  ["a-b", { tokenizer_mode: 5 }, ["a", "b"]],
];

for (const [text, fields, tokens] of texts) {
  test(`${JSON.stringify(text)} with ${JSON.stringify(fields)} has the tokens ${tokens.join(" | ")}`, t => {
    const { call } = skillDatabase(t);
    assert.deepEqual(call("tokenize_text", { text, ...fields }).tokens, tokens);
  });
}

test("a query looks for all tokens, in search mode for any of them", t => {
  const { call } = skillDatabase(t);
  assert.equal(call("tokenize_text", { text: "a b" }).fts_query, '"a" "b"');
  assert.equal(call("tokenize_text", { text: "a b", search_mode: true }).fts_query, '"a" OR "b"');
});

test("quotes in tokens are doubled in the query", t => {
  const { call } = skillDatabase(t);
  const { tokens, fts_query } = call("tokenize_text", { text: 'say "x"', mode: "jieba" });
  assert.deepEqual(tokens, ["say", '"', "x", '"']);
  assert.equal(fts_query, '"say" """" "x" """"');
});

/** Input, message without its prefix. */
const refused: [Fields, string][] = [
  [{}, "text must be a non-blank string, got nil"],
  [{ text: 5 }, "text must be a non-blank string, got number"],
  [{ text: "\u0085 " }, "text must be a non-blank string, got a blank one"],
  [{ text: "a\0b" }, "text must not contain NUL characters"],
  [{ text: "a", tokenizer_mode: "zh" }, 'tokenizer_mode must be none or jieba, got "zh"'],
  [{ text: "a", mode: "plain" }, 'tokenizer_mode must be none or jieba, got "plain"'],
];

for (const [input, message] of refused) {
  test(`tokenize_text refuses ${JSON.stringify(input)}`, t => {
    const { call } = skillDatabase(t);
    assert.throws(() => call("tokenize_text", input), { message: `sqlite.tokenize_text: ${message}` });
  });
}
