import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { repository } from "../luajit-build.mjs";
import { atMost, stated } from "../verdict.mjs";

/** npm's own scripts are run by this node, so nothing but node itself has to be on PATH. */
const npm = path.join(path.dirname(process.execPath), "npm");

export default {
  title: "Install from a packed tarball into an empty folder, no compiler on PATH, scripts off",
  note:
    "Time of `npm install` with npm's cache filled by one install before; alone, and with the optional packages that\n" +
    "databases need.",
  rounds: 1,
  trials: {
    async tarball() {
      if (!existsSync(path.join(repository, "prebuilds", `${process.platform}-${process.arch}`))) {
        throw new Error(
          "there is no prebuild for this machine; make one with `npx prebuildify --napi --strip`",
        );
      }
      const folder = mkdtempSync(path.join(os.tmpdir(), "luaskills-install-"));
      const bin = path.join(folder, "bin");
      const run = (command, args, cwd, env = process.env) =>
        execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
      run(npm, ["pack", "--ignore-scripts", "--pack-destination", folder], repository);
      const tarball = path.join(
        folder,
        readdirSync(folder).find(file => file.endsWith(".tgz")),
      );
      run("mkdir", [bin], folder);
      for (const tool of ["node", "npm", "sh", "env"]) {
        run("ln", ["-s", run("which", [tool], folder).trim(), path.join(bin, tool)], folder);
      }
      const install = (name, ...options) => {
        const target = path.join(folder, name);
        run("mkdir", [target], folder);
        writeFileSync(path.join(target, "package.json"), '{ "private": true, "type": "module" }\n');
        const start = performance.now();
        run(
          path.join(bin, "npm"),
          ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...options, tarball],
          target,
          {
            ...process.env,
            PATH: bin,
          },
        );
        return { target, seconds: (performance.now() - start) / 1000 };
      };
      install("cold");
      const withDatabases = install("databases").seconds;
      const { target, seconds } = install("warm", "--omit=optional");
      const code =
        'import { LuaVm } from "luaskills/vm"; console.log(new LuaVm().evalSync("return jit.version"));';
      const start = performance.now();
      const answer = run(path.join(bin, "node"), ["--input-type=module", "-e", code], target, {
        ...process.env,
        PATH: bin,
      });
      const firstRun = (performance.now() - start) / 1000;
      if (!answer.startsWith("LuaJIT")) throw new Error(`the installed package answered ${answer}`);
      const size = statSync(tarball).size;
      rmSync(folder, { recursive: true, force: true });
      return { seconds, withDatabases, firstRun, size };
    },
  },
  report: ({ tarball }) => [
    atMost("npm install --omit=optional", "s", tarball.seconds, 5),
    stated("npm install, with what databases need", "s", tarball.withDatabases),
    stated("node process that loads the addon and evaluates one chunk", "s", tarball.firstRun),
    stated("the tarball", "kB", tarball.size / 1e3),
  ],
};
