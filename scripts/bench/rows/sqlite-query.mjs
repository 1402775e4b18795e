import assert from "node:assert/strict";
import { openSqliteSkill } from "../drivers/sqlite-skill.mjs";
import { inTurn } from "../sampling.mjs";
import { atMost, stated } from "../verdict.mjs";

const rows = 10_000;
const point = "SELECT id, name, score, note FROM items WHERE id = ?";
const hundred = "SELECT id, name, score, note FROM items WHERE id >= ? ORDER BY id LIMIT 100";

const entryOf = sql => `return function(args)
  local rows = vulcan.sqlite.query_json({ sql = "${sql}", params = { args.id } }).rows
  return rows[#rows].name
end`;

/** Between 1 and 9,000, in an order that no page cache likes. */
const idOf = i => ((i * 7919) % 9000) + 1;

export default {
  title: "Queries of a skill against better-sqlite3 called directly",
  note:
    "The same file, settings and statements. Direct is a prepared statement whose rows become objects; the overhead is what\n" +
    "a whole call of the entry takes beyond it.",
  trials: {
    async sqlite() {
      const { engine, names, connect, file, close } = await openSqliteSkill({
        point: entryOf(point),
        hundred: entryOf(hundred),
      });
      const database = connect(file);
      database.exec("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, score REAL, note TEXT)");
      const insert = database.prepare("INSERT INTO items VALUES (?, ?, ?, ?)");
      database.transaction(() => {
        for (let i = 1; i <= rows; i++) insert.run(i, `item ${i}`, i / 3, "a line of text, as notes have it");
      })();
      const [one, many] = [database.prepare(point), database.prepare(hundred)];
      const named = { check: name => assert.match(name, /^item \d+$/) };
      const points = await inTurn(
        {
          direct: i => one.get(idOf(i)).name,
          inline: i => engine.callSync(names.point, { id: idOf(i) }).content,
          worker: async i => (await engine.call(names.point, { id: idOf(i) })).content,
        },
        { ...named, batch: 1000 },
      );
      const hundreds = await inTurn(
        {
          direct: i => many.all(idOf(i)).at(-1).name,
          inline: i => engine.callSync(names.hundred, { id: idOf(i) }).content,
          worker: async i => (await engine.call(names.hundred, { id: idOf(i) })).content,
        },
        { ...named, batch: 200 },
      );
      assert.equal(engine.callSync(names.hundred, { id: 7 }).content, "item 106");
      database.close();
      await close();
      const figures = (prefix, times) =>
        Object.entries(times).map(([name, time]) => [`${prefix}-${name}`, time]);
      return Object.fromEntries([...figures("point", points), ...figures("hundred", hundreds)]);
    },
  },
  report: ({ sqlite }) =>
    [
      ["point", "one row by its key"],
      ["hundred", "100 rows"],
    ].flatMap(([query, what]) => {
      const direct = sqlite[`${query}-direct`] / 1e3;
      const [inline, worker] = ["inline", "worker"].map(way => sqlite[`${query}-${way}`] / 1e3);
      return [
        stated(`${what}, better-sqlite3`, "µs", direct),
        stated(`${what}, callSync`, "µs", inline),
        atMost(`${what}, overhead of callSync`, "µs", inline - direct, 30),
        stated(`${what}, await call`, "µs", worker),
        atMost(`${what}, overhead of await call`, "µs", worker - direct, 120),
      ];
    }),
};
