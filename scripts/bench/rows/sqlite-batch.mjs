import assert from "node:assert/strict";
import path from "node:path";
import { openSqliteSkill } from "../drivers/sqlite-skill.mjs";
import { median } from "../statistics.mjs";
import { costs } from "../verdict.mjs";

const rows = 100_000;
const rounds = 7;
const create = "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, score REAL)";
const insert = "INSERT INTO items VALUES (?, ?, ?)";

const fill = `return function(args)
  local items = {}
  for i = 1, args.rows do items[i] = { i, "item " .. i, i / 3 } end
  return tostring(vulcan.sqlite.execute_batch({ sql = "${insert}", items = items }).rows_changed)
end`;

export default {
  title: `A batch that inserts ${rows.toLocaleString("en-US")} rows`,
  note: "Direct: one prepared statement in one transaction of better-sqlite3. Each side makes its rows as it goes.",
  trials: {
    async sqlite() {
      const { engine, names, connect, file, folder, close } = await openSqliteSkill({ fill });
      const [ours, own] = [connect(file), connect(path.join(folder, "direct.sqlite3"))];
      const directly = () => {
        const statement = own.prepare(insert);
        let changed = 0;
        own.transaction(() => {
          for (let i = 1; i <= rows; i++) changed += statement.run(i, `item ${i}`, i / 3).changes;
        })();
        return String(changed);
      };
      const ways = {
        direct: [own, directly],
        inline: [ours, () => engine.callSync(names.fill, { rows }).content],
        worker: [ours, async () => (await engine.call(names.fill, { rows })).content],
      };
      const times = { direct: [], inline: [], worker: [] };
      // The first round is warm-up.
      for (let round = 0; round <= rounds; round++) {
        for (const [name, [database, run]] of Object.entries(ways)) {
          database.exec(`DROP TABLE IF EXISTS items; ${create}`);
          database.pragma("wal_checkpoint(TRUNCATE)");
          const start = performance.now();
          const changed = await run();
          if (round > 0) times[name].push(performance.now() - start);
          assert.equal(changed, String(rows));
        }
      }
      const sum = database =>
        database.prepare("SELECT count(*), sum(score), max(name) FROM items").raw().get();
      assert.deepEqual(sum(ours), sum(own));
      ours.close();
      own.close();
      await close();
      return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
    },
  },
  report: ({ sqlite }) => [
    costs("execute_batch in a callSync", "ms", sqlite.inline, "better-sqlite3", sqlite.direct, 1.3),
    costs("execute_batch in a call", "ms", sqlite.worker, "better-sqlite3", sqlite.direct, 1.3),
  ],
};
