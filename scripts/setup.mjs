// Brings a fresh clone to a state in which the demo or the tests run: tools of the machine, dev dependencies, build.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { ensureRequirements } from "./requirements.mjs";
import { root, run } from "./run-command.mjs";

/** True when every package of package-lock.json is installed in its version; optional ones may be absent. */
function dependenciesInstalled() {
  const installedFile = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedFile)) return false;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path];
    return path === "" || (found ? found.version === version : optional === true);
  });
}

/** Sets the checkout up for running, and with `forTests` also for linting and the native tests. */
export async function setup({ forTests }) {
  ensureRequirements("build", ...(forTests ? ["test"] : []));
  if (!dependenciesInstalled()) run("npm", ["ci"], { shell: process.platform === "win32" });
  await build();
}
