import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, JsonText, skillDatabase } from "./skill-database.js";

const created = "CREATE TABLE t (a INTEGER PRIMARY KEY, b)";

test("execute_script runs a script statement by statement and says what its last write changed", t => {
  const { call } = skillDatabase(t);
  const answer = call("execute_script", {
    sql: `${created}; INSERT INTO t VALUES (1, 'x'), (2, 'y'); -- a comment; with a semicolon
      UPDATE t SET b = ';' WHERE a = 2; SELECT * FROM t;`,
  });
  assert.deepEqual(answer, {
    success: true,
    message: "script executed successfully",
    rows_changed: 1,
    last_insert_rowid: 2,
    statements_executed: 4,
  });
});

test("execute_script of nothing but comments runs no statement", t => {
  const { call } = skillDatabase(t);
  assert.equal(call("execute_script", { sql: "-- nothing\n /* here */ ;" }).statements_executed, 0);
});

test("execute_script counts a trigger with its body as one statement", t => {
  const { call } = skillDatabase(t);
  const sql = `${created}; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END`;
  assert.equal(call("execute_script", { sql }).statements_executed, 2);
});

test("a script that fails keeps what its earlier statements did", t => {
  const { call, rows } = skillDatabase(t);
  const sql = `${created}; INSERT INTO t VALUES (1, 'x'); INSERT INTO missing VALUES (1); INSERT INTO t VALUES (2, 'y')`;
  assert.throws(() => call("execute_script", { sql }), {
    message: "sqlite.execute_script: no such table: missing",
  });
  assert.deepEqual(rows("SELECT a FROM t"), [{ a: 1 }]);
});

test("a transaction that a script leaves open is rolled back", t => {
  const { call, rows } = skillDatabase(t);
  call("execute_script", { sql: created });
  call("execute_script", { sql: "BEGIN; INSERT INTO t VALUES (1, 'x')" });
  assert.deepEqual(rows("SELECT * FROM t"), []);
});

test("execute_script with params runs one statement and says what it changed", t => {
  const { call } = skillDatabase(t);
  call("execute_script", { sql: created });
  const answer = call("execute_script", {
    sql: "INSERT INTO t VALUES (?, ?), (?, ?)",
    params: [5, "x", 7, "y"],
  });
  assert.deepEqual(answer, {
    success: true,
    message: "statement executed successfully (rows_changed=2)",
    rows_changed: 2,
    last_insert_rowid: 7,
    statements_executed: 1,
  });
});

test("empty params are no params", t => {
  const { call } = skillDatabase(t);
  for (const params of [[], {}, new JsonText(" [ ] ")]) {
    assert.equal(call("execute_script", { sql: "SELECT 1; SELECT 2", params }).statements_executed, 2);
  }
});

test("last_insert_rowid and rows_changed are of this call only", t => {
  const { call } = skillDatabase(t);
  call("execute_script", { sql: `${created}; INSERT INTO t VALUES (41, 'x')` });
  const answer = call("execute_script", { sql: "CREATE TABLE u (a)" });
  assert.equal(answer.last_insert_rowid, 0);
  assert.equal(answer.rows_changed, 0);
});

test("a rowid beyond 2^53 leaves with all its digits", t => {
  const { databases, file, call } = skillDatabase(t);
  call("execute_script", { sql: created });
  const sql = "INSERT INTO t VALUES (9223372036854775807, 'x')";
  const text = databases.perform(
    file,
    { action: "execute_script", head: JSON.stringify({ sql }) },
    { token: 1, timeoutMs: 0 },
  );
  assert.match(String(text), /"last_insert_rowid":9223372036854775807,/);
});

test("execute_batch runs its statement for every row in one transaction", t => {
  const { call, rows } = skillDatabase(t);
  call("execute_script", { sql: created });
  const answer = call("execute_batch", {
    sql: "INSERT INTO t VALUES (?1, ?2) ON CONFLICT (a) DO UPDATE SET b = excluded.b || ?2",
    items: [
      [1, "x"],
      [2, "y"],
      [1, "z"],
    ],
  });
  assert.deepEqual(answer, {
    success: true,
    message: "batch executed successfully (statements_executed=3 rows_changed=3)",
    rows_changed: 3,
    last_insert_rowid: 2,
    statements_executed: 3,
  });
  assert.deepEqual(rows("SELECT * FROM t"), [
    { a: 1, b: "zz" },
    { a: 2, b: "y" },
  ]);
});

test("execute_batch takes rows without values", t => {
  const { call, rows } = skillDatabase(t);
  call("execute_script", { sql: created });
  assert.equal(
    call("execute_batch", { sql: "INSERT INTO t DEFAULT VALUES", items: [[], {}] }).rows_changed,
    2,
  );
  assert.deepEqual(rows("SELECT count(*) AS n FROM t"), [{ n: 2 }]);
});

test("a batch that fails in the middle leaves nothing behind and says at which row", t => {
  const { call, rows } = skillDatabase(t);
  call("execute_script", { sql: created });
  const input = { sql: "INSERT INTO t VALUES (?, 1)", items: [[1], [2], [1]] };
  assert.throws(() => call("execute_batch", input), {
    message: "sqlite.execute_batch: items[2]: UNIQUE constraint failed: t.a",
  });
  assert.deepEqual(rows("SELECT * FROM t"), []);
});

test("query_json answers with rows as text and as values", t => {
  const { call } = skillDatabase(t);
  const answer = call("query_json", { sql: "SELECT 1 AS id, 'x' AS name UNION ALL SELECT 2, NULL" });
  assert.deepEqual(answer, {
    success: true,
    row_count: 2,
    json_data: '[{"id":1,"name":"x"},{"id":2,"name":null}]',
    rows: [
      { id: 1, name: "x" },
      { id: 2, name: null },
    ],
  });
});

test("query_json without rows answers an empty array", t => {
  const { call } = skillDatabase(t);
  const answer = call("query_json", { sql: "SELECT 1 WHERE 0" });
  assert.deepEqual(answer, { success: true, row_count: 0, json_data: "[]", rows: [] });
});

test("query_json runs writes, with and without rows", t => {
  const { call, rows } = skillDatabase(t);
  call("execute_script", { sql: created });
  assert.deepEqual(rows("INSERT INTO t VALUES (1, 'x'), (2, 'y') RETURNING a"), [{ a: 1 }, { a: 2 }]);
  assert.deepEqual(rows("DELETE FROM t WHERE a = ?", 1), []);
  assert.deepEqual(rows("SELECT a FROM t"), [{ a: 2 }]);
});

/** SQL expression → how its value looks in `json_data`. */
const values: [string, string][] = [
  ["NULL", "null"],
  ["9223372036854775807", "9223372036854775807"],
  ["-9223372036854775807 - 1", "-9223372036854775808"],
  ["9007199254740993", "9007199254740993"],
  ["0.1", "0.1"],
  ["1e300 * 1e300", '"inf"'],
  ["-1e300 * 1e300", '"-inf"'],
  ["''", '""'],
  ["'中文 \"quoted\"'", '"中文 \\"quoted\\""'],
  ["CAST(x'ff41' AS TEXT)", "null"],
  ["x''", "[]"],
  ["x'00ff10'", "[0,255,16]"],
  ["1 = 1", "1"],
];

for (const [expression, text] of values) {
  test(`query_json writes ${expression} as ${text}`, t => {
    const { call } = skillDatabase(t);
    assert.equal(call("query_json", { sql: `SELECT ${expression} AS v` }).json_data, `[{"v":${text}}]`);
  });
}

test("of columns with the same name the last one counts", t => {
  const { rows } = skillDatabase(t);
  assert.deepEqual(rows("SELECT 1 AS a, 2 AS a"), [{ a: 2 }]);
});

/** JSON text of a parameter → type and value that SQLite gets, as SQL literal. */
const parameters: [string, string, string][] = [
  ["null", "null", "NULL"],
  ["true", "integer", "1"],
  ["false", "integer", "0"],
  ["7", "integer", "7"],
  ["9223372036854775807", "integer", "9223372036854775807"],
  ["-9223372036854775808", "integer", "-9223372036854775808"],
  ["1.5", "real", "1.5"],
  ["1e3", "real", "1000.0"],
  ['"中"', "text", "'中'"],
  ['{"kind":"null"}', "null", "NULL"],
  ['{"kind":" BOOL ","value":true}', "integer", "1"],
  ['{"kind":"int64","value":9007199254740993}', "integer", "9007199254740993"],
  ['{"kind":"float64","value":2}', "real", "2.0"],
  ['{"kind":"string","value":""}', "text", "''"],
  ['{"kind":"bytes","value":[0,255]}', "blob", "X'00FF'"],
  ['{"kind":"bytes","value":[]}', "blob", "X''"],
  ['{"kind":"bytes","base64":"AP8=","value":[1]}', "blob", "X'00FF'"],
];

for (const [parameter, type, literal] of parameters) {
  test(`the parameter ${parameter} is bound as ${type} ${literal}`, t => {
    const { call } = skillDatabase(t);
    const params = new JsonText(`[${parameter}]`);
    const answer = call("query_json", { sql: "SELECT typeof(?1) AS t, quote(?1) AS q", params });
    assert.deepEqual(answer.rows, [{ t: type, q: literal }]);
  });
}

test("parameters are bound by position, however SQL spells them", t => {
  const { rows } = skillDatabase(t);
  const sql = "SELECT :one AS a, @two AS b, $three AS c, ?4 AS d, ? AS e, :one AS f";
  assert.deepEqual(rows(sql, 1, 2, 3, 4, 5), [{ a: 1, b: 2, c: 3, d: 4, e: 5, f: 1 }]);
});

const select = { sql: "SELECT ?" };

/** Action, input, message without its prefix. */
const refused: [string, Fields, string | RegExp][] = [
  ["execute_script", {}, "sql must be a non-blank string, got nil"],
  ["execute_script", { sql: 5 }, "sql must be a non-blank string, got number"],
  ["execute_batch", { sql: ["SELECT 1"] }, "sql must be a non-blank string, got table"],
  ["query_json", { sql: " \n\t\u3000" }, "sql must be a non-blank string, got a blank one"],
  ["query_json", { sql: "SELECT 1\0" }, "sql must not contain NUL characters"],
  ["query_json", { sql: "SELEC 1" }, 'near "SELEC": syntax error'],
  ["query_json", { sql: "-- nothing" }, "sql holds no statement"],
  [
    "query_json",
    { sql: "SELECT 1; SELECT 2" },
    "sql must be a single statement; only execute_script without params runs several",
  ],
  ["execute_script", { sql: "SELECT 1; SELECT ?", params: [1] }, /^sql must be a single statement/],
  ["execute_batch", { sql: "SELECT 1; SELECT 2", items: [[]] }, /^sql must be a single statement/],
  [
    "execute_script",
    { sql: "SELECT ?", params: [1] },
    "the statement returns rows; query_json runs such statements",
  ],
  ["query_json", { ...select, params_json: "[]" }, "params_json is not supported; use params"],
  ["execute_script", { sql: "SELECT 1", params_json: null }, "params_json is not supported; use params"],
  ["query_json", { ...select, params: "x" }, "params must be an array"],
  ["query_json", { ...select, params: { a: 1 } }, "params must be an array"],
  ["query_json", select, "the statement has 1 parameter, but params holds 0 values"],
  ["query_json", { ...select, params: [1, 2] }, "the statement has 1 parameter, but params holds 2 values"],
  ["execute_batch", select, "items must be an array of arrays, got nil"],
  ["execute_batch", { ...select, items: "x" }, "items must be an array"],
  ["execute_batch", { ...select, items: [] }, "items must not be empty"],
  ["execute_batch", { ...select, items: {} }, "items must not be empty"],
  ["execute_batch", { ...select, items: [1] }, "items[0] must be an array"],
  [
    "execute_batch",
    { ...select, items: [[1], []] },
    "the statement has 1 parameter, but items[1] holds 0 values",
  ],
];

for (const [action, input, message] of refused) {
  test(`${action} refuses ${JSON.stringify(input)}`, t => {
    const { call } = skillDatabase(t);
    assert.throws(
      () => call(action, input),
      ({ message: got }: Error) => {
        const prefix = `sqlite.${action}: `;
        assert.ok(got.startsWith(prefix), got);
        const rest = got.slice(prefix.length);
        if (typeof message === "string") assert.equal(rest, message);
        else assert.match(rest, message);
        return true;
      },
    );
  });
}

/** JSON text of a parameter that cannot be bound, and what is said about it after `params[1]`. */
const unbindable: [string, string][] = [
  ["[1]", " must be a scalar value or a typed object, not an array"],
  ["[]", " must be a scalar value or a typed object, not an array"],
  ['{"value":1}', " must be a scalar value or a typed object; it has no kind"],
  ['{"kind":1}', ".kind must be a string"],
  ['{"kind":"uuid","value":"x"}', ".kind must be null, bool, int64, float64, string or bytes, got uuid"],
  ['{"kind":"bool","value":1}', ".value must be a bool"],
  ['{"kind":"int64","value":1.5}', ".value must be an int64"],
  ['{"kind":"int64","value":"1"}', ".value must be an int64"],
  ['{"kind":"int64"}', ".value must be an int64"],
  ['{"kind":"float64","value":"1"}', ".value must be a float64"],
  ['{"kind":"string","value":1}', ".value must be a string"],
  ['{"kind":"bytes","value":"x"}', ".value must be an array of bytes, unless there is base64"],
  ['{"kind":"bytes","value":[1,256]}', ".value[1] must be an integer from 0 to 255"],
  ['{"kind":"bytes","value":[-1]}', ".value[0] must be an integer from 0 to 255"],
];

for (const [parameter, message] of unbindable) {
  test(`the parameter ${parameter} is refused`, t => {
    const { call } = skillDatabase(t);
    const params = new JsonText(`[0,${parameter}]`);
    assert.throws(() => call("query_json", { sql: "SELECT ?, ?", params }), {
      message: `sqlite.query_json: params[1]${message}`,
    });
  });
}

test("base64 that is none is refused with the reason", t => {
  const { call } = skillDatabase(t);
  const params = [{ kind: "bytes", base64: "A*==" }];
  assert.throws(
    () => call("query_json", { ...select, params }),
    /^Error: sqlite\.query_json: params\[0\]\.base64 is invalid: /,
  );
});

test("an integer beyond int64 is refused with the way around it", t => {
  const { call } = skillDatabase(t);
  const params = new JsonText("[9223372036854775808]");
  assert.throws(
    () => call("query_json", { ...select, params }),
    /^Error: sqlite\.query_json: params\[0\] is an integer beyond int64; .*float64/,
  );
});

test("what a table of numbers would be has no fields", t => {
  const { databases, file } = skillDatabase(t);
  const request = { action: "query_json", head: '["SELECT 1"]' };
  assert.throws(() => databases.perform(file, request, { token: 1, timeoutMs: 0 }), {
    message: "sqlite.query_json: sql must be a non-blank string, got nil",
  });
});

test("fields that nobody asks for are ignored", t => {
  const { call } = skillDatabase(t);
  assert.equal(call("query_json", { sql: "SELECT 1", mode: 5, limit: "x" }).row_count, 1);
});

test("an action that is none is refused by name", t => {
  const { call } = skillDatabase(t);
  assert.throws(() => call("explode"), { message: "sqlite.explode: there is no such operation" });
});
