// Brings a fresh clone to a state in which the demo or the tests run: tools of the machine, dev dependencies, build.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, nodeHeaders } from "./build.mjs";
import { ensureRequirements } from "./requirements.mjs";
import { root, run } from "./run-command.mjs";

/**
 * True when every package of package-lock.json is installed in its version. Optional ones may be absent, those of our own
 * only where `databases` is false: npm drops them without a word when they cannot be compiled.
 */
function dependenciesInstalled({ databases }) {
  const installedFile = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedFile)) return false;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const own = Object.keys(wanted[""].optionalDependencies).map(name => `node_modules/${name}`);
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path];
    if (path === "" || found) return path === "" || found.version === version;
    return optional === true && !(databases && own.includes(path));
  });
}

/**
 * Sets the checkout up for running; with `forTests` also for linting and the native tests, with `databases` so that all
 * optional packages are there, unless they cannot be installed.
 */
export async function setup({ forTests, databases }) {
  ensureRequirements("build", ...(forTests ? ["test"] : []));
  if (!dependenciesInstalled({ databases })) {
    // better-sqlite3 may be compiled, like the addon.
    const env = { ...process.env, ...nodeHeaders() };
    run("npm", ["ci"], { env, shell: process.platform === "win32" });
  }
  await build();
}
