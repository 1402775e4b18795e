// What the tests of databases need: every optional package of ours, loadable by every Node that runs tests.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { nodeHeaders } from "./build.mjs";
import { root } from "./run-command.mjs";
import { provideSqlite } from "./sqlite-binaries.mjs";

function complaints({ major, binary }) {
  const doctor = spawnSync(binary, [join(root, "dist/cli/main.js"), "doctor", "--json"], {
    encoding: "utf8",
  });
  if (doctor.stdout === "") return [`Node ${major}: ${doctor.stderr}`];
  return JSON.parse(doctor.stdout)
    .checks.filter(({ status }) => status === "missing" || status === "broken")
    .map(({ name, detail }) => `Node ${major}: ${name}: ${detail}`);
}

/** Throws an error that names everything that the running Node or one of `others` cannot load. Expects dist. */
export function ensureDatabases(others) {
  const major = Number(process.versions.node.split(".")[0]);
  const nodes = [{ major, binary: process.execPath, headers: nodeHeaders() }, ...others];
  provideSqlite(nodes);
  const found = nodes.flatMap(complaints);
  if (found.length === 0) return;
  throw new Error(
    `databases cannot be tested here:\n  ${found.join("\n  ")}\n\`npm ci --foreground-scripts\` shows what fails`,
  );
}
