import assert from "node:assert/strict";
import { openSqliteSkill } from "../drivers/sqlite-skill.mjs";
import { watchEventLoop } from "../event-loop-watch.mjs";
import { atMost, stated } from "../verdict.mjs";

const sql = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) SELECT sum(x) AS sum FROM n`;
const entry = `return function(args)
  return vulcan.sqlite.query_json({ sql = "${sql}", params = { args.steps } }).json_data
end`;

/** Steps that take about `seconds` on this machine. */
function calibrate(database, seconds) {
  const steps = 1_000_000;
  const statement = database.prepare(sql);
  const start = performance.now();
  statement.get(steps);
  return Math.round((steps * seconds * 1000) / (performance.now() - start));
}

export default {
  title: "Event loop while a query of 3 s runs",
  note: "Lateness of a timer of 1 ms, as seen by the timer itself and by perf_hooks.monitorEventLoopDelay.",
  rounds: 1,
  trials: {
    async sqlite() {
      const { engine, names, connect, close } = await openSqliteSkill({ entry });
      const database = connect(":memory:");
      const steps = calibrate(database, 3);
      database.close();
      const watch = watchEventLoop();
      const start = performance.now();
      const { content } = await engine.call(names.entry, { steps });
      const seconds = (performance.now() - start) / 1000;
      const lateness = watch.stop();
      assert.equal(content, `[{"sum":${(BigInt(steps) * BigInt(steps + 1)) / 2n}}]`);
      await close();
      return { seconds, ...lateness };
    },
  },
  report: ({ sqlite }) => [
    atMost("timer lateness p99", "ms", sqlite.p99, 5),
    atMost("monitorEventLoopDelay p99", "ms", sqlite.histogramP99, 5),
    stated("timer lateness, longest", "ms", sqlite.longest),
    stated("the query", "s", sqlite.seconds),
  ],
};
