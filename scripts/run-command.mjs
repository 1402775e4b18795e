// Child processes of the build scripts: inherit the terminal, and a failure is an exception that names the command.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (result.error || result.status !== 0) {
    const reason = result.error?.message ?? `exit ${result.status ?? result.signal}`;
    throw new Error(`${[command, ...args].join(" ")} failed: ${reason}`);
  }
}

/** Runs a JavaScript command of a dev dependency, such as `node_modules/typescript/bin/tsc`. */
export function runTool(path, args, options) {
  run(process.execPath, [join(root, "node_modules", path), ...args], options);
}
