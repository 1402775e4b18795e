// One trial: one row and one driver in a process of its own. Prints one line of JSON, the figures.
//   node --expose-gc scripts/bench/trial.mjs ROW DRIVER
const [rowName, driver] = process.argv.slice(2);
const { default: row } = await import(`./rows/${rowName}.mjs`);
const figures = await row.trials[driver]();
process.stdout.write(`\n${JSON.stringify(figures)}\n`, () => process.exit(0));
