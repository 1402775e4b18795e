import assert from "node:assert/strict";
import { Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { openSqliteSkill } from "../drivers/sqlite-skill.mjs";
import { inTurn } from "../sampling.mjs";
import { costs, stated } from "../verdict.mjs";

const rows = 100_000;
const sql = "SELECT id, name, score, note FROM items";

const stream = `return function(args)
  local sqlite = vulcan.sqlite
  local id = sqlite.query_stream({ sql = "${sql}" }).stream_id
  local metrics = sqlite.query_stream_wait_metrics({ stream_id = id })
  local chunks = {}
  for index = 0, metrics.chunk_count - 1 do
    chunks[index + 1] = sqlite.query_stream_chunk({ stream_id = id, index = index }).chunk_base64
  end
  sqlite.query_stream_close({ stream_id = id })
  if not args.whole then return tostring(metrics.total_bytes) end
  return vulcan.json.encode(chunks)
end`;

/** The columns of the rows as arrays, each in one go, and the table of them as Arrow IPC. */
function directly(statement) {
  const found = statement.all();
  const table = new Table({
    id: vectorFromArray(BigInt64Array.from(found, row => row.id)),
    name: vectorFromArray(
      found.map(row => row.name),
      new Utf8(),
    ),
    score: vectorFromArray(Float64Array.from(found, row => row.score)),
    note: vectorFromArray(
      found.map(row => row.note),
      new Utf8(),
    ),
  });
  return tableToIPC(table, "stream");
}

export default {
  title: `${rows.toLocaleString("en-US")} rows as an Arrow stream, read whole by the skill`,
  note:
    "Direct: better-sqlite3's rows, their columns as arrays, a table of apache-arrow, tableToIPC; all on the JS thread.\n" +
    "At most 1.67× of its time is at least 60 % of its speed. The stream is Base64 by then.",
  trials: {
    async sqlite() {
      const { engine, names, connect, file, close } = await openSqliteSkill({ stream });
      const database = connect(file);
      database.exec("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, score REAL, note TEXT)");
      const insert = database.prepare("INSERT INTO items VALUES (?, ?, ?, ?)");
      database.transaction(() => {
        for (let i = 1; i <= rows; i++) insert.run(i, `item ${i}`, i / 3, "a line of text, as notes have it");
      })();
      const statement = database.prepare(sql).safeIntegers();
      const figures = await inTurn(
        {
          direct: () => directly(statement).length,
          stream: async () => Number((await engine.call(names.stream, {})).content),
        },
        { batch: 1, samples: 9, check: bytes => assert.ok(bytes > 40 * rows) },
      );
      const chunks = JSON.parse((await engine.call(names.stream, { whole: true })).content);
      const ours = tableFromIPC(Buffer.concat(chunks.map(chunk => Buffer.from(chunk, "base64"))));
      const wanted = tableFromIPC(directly(statement));
      assert.equal(ours.numRows, rows);
      assert.equal(String(ours.schema.fields), String(wanted.schema.fields));
      assert.deepEqual(ours.get(rows - 1).toJSON(), wanted.get(rows - 1).toJSON());
      database.close();
      await close();
      return figures;
    },
  },
  report: ({ sqlite }) => [
    costs("query_stream, all chunks", "ms", sqlite.stream / 1e6, "direct", sqlite.direct / 1e6, 1.67),
    stated("rows per second", "M/s", rows / (sqlite.stream / 1e3)),
  ],
};
