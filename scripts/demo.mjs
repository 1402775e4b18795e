// npm run demo: builds what is missing, then lets one of the example skills read the documents of this repository.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const repository = dirname(dirname(fileURLToPath(import.meta.url)));

await setup({ forTests: false, databases: false });

const args = [
  "call",
  "markdown-outline",
  "--arg",
  "path=.",
  "--arg",
  "depth=2",
  "--root",
  "EXAMPLES=examples/skills",
];
console.log(`$ luaskills ${args.join(" ")}\n`);
const { status, error } = spawnSync(process.execPath, [join("dist", "cli", "main.js"), ...args], {
  cwd: repository,
  stdio: "inherit",
});
if (error) throw error;
process.exitCode = status ?? 1;
