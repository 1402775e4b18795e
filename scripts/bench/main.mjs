// npm run bench [-- FILTER…] [--json FILE] [--processes N]
//
// Runs every row (rows/*.mjs) whose name contains one of the filters. A row has one trial per driver; every trial runs in
// a fresh process, drivers in turn, several rounds, and the median over the rounds is what the table shows.
import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { buildFloor } from "./drivers/floor.mjs";
import { describeMachine } from "./machine.mjs";
import { median } from "./statistics.mjs";
import { renderTable } from "./table.mjs";

const run = promisify(execFile);
const trial = fileURLToPath(new URL("trial.mjs", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, processes: { type: "string", default: "3" } },
});
const rounds = Number(values.processes);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--processes must be a whole number, got ${rounds}`);

const names = readdirSync(new URL("rows/", import.meta.url))
  .map(file => file.replace(/\.mjs$/, ""))
  .filter(name => positionals.length === 0 || positionals.some(filter => name.includes(filter)))
  .sort();
if (names.length === 0) throw new Error(`no benchmark row matches ${positionals.join(" ")}`);

async function runTrial(name, driver) {
  try {
    const { stdout } = await run(process.execPath, ["--expose-gc", trial, name, driver], {
      maxBuffer: 1 << 26,
    });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1));
  } catch (error) {
    throw new Error(`trial ${driver} of row ${name} failed: ${error.stderr || error.message}`);
  }
}

/** Figures of one driver: the median of each over the rounds; lists are joined. */
function combine(results) {
  const combined = {};
  for (const key of Object.keys(results[0])) {
    const all = results.map(result => result[key]);
    if (typeof all[0] === "number") combined[key] = median(all);
    else combined[key] = Array.isArray(all[0]) ? all.flat() : all[0];
  }
  return combined;
}

async function runRow(name, row) {
  const results = {};
  for (let round = 0; round < (row.rounds ?? rounds); round++) {
    for (const driver of Object.keys(row.trials)) {
      results[driver] ??= [];
      results[driver].push(await runTrial(name, driver));
    }
  }
  return Object.fromEntries(Object.entries(results).map(([driver, all]) => [driver, combine(all)]));
}

const machine = describeMachine();
buildFloor();
console.log(
  Object.entries(machine)
    .map(([key, value]) => `${key.padEnd(11)} ${value}`)
    .join("\n"),
);

const report = { machine, rounds, rows: [] };
let missed = 0;
let failed = 0;
for (const name of names) {
  const { default: row } = await import(`./rows/${name}.mjs`);
  console.log(`\n## ${row.title}\n`);
  const start = performance.now();
  try {
    const figures = await runRow(name, row);
    const lines = row.report(figures);
    missed += lines.filter(line => line.met === false).length;
    report.rows.push({ name, title: row.title, seconds: (performance.now() - start) / 1000, lines, figures });
    console.log(renderTable(lines));
    if (row.note) console.log(`\n${row.note}`);
  } catch (error) {
    failed++;
    report.rows.push({ name, title: row.title, error: error.message });
    console.log(`not measured: ${error.message}`);
  }
}

console.log(
  `\n${missed} targets missed, ${failed} rows not measured, load now ${os.loadavg()[0].toFixed(2)}`,
);
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = failed > 0 ? 1 : 0;
