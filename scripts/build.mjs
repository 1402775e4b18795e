// npm run build: LuaJIT, the addon into build/Release, TypeScript into dist, the page of the studio into dist/studio. Each
// step is skipped while nothing that goes into it has changed.
import { chmodSync, existsSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildLuajit } from "./build-luajit.mjs";
import { buildStudioPage } from "./build-studio.mjs";
import { copyLua } from "./copy-lua.mjs";
import { ensureRequirements } from "./requirements.mjs";
import { root, runTool } from "./run-command.mjs";
import { digestOf, unlessUpToDate } from "./up-to-date.mjs";

const addon = join(root, "build/Release/luaskills.node");

/** node-gyp downloads headers unless it is told, in this variable, where the running Node keeps its own. */
export function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, "include/node/node_api.h")) ? { npm_config_nodedir: prefix } : {};
}

function buildAddon() {
  // make does not know that the addon depends on LuaJIT's archive.
  rmSync(addon, { force: true });
  rmSync(join(root, "build/Release/obj.target/luaskills.node"), { force: true });
  const args = ["configure", "build", "--loglevel=warn", "--jobs", String(availableParallelism())];
  runTool("node-gyp/bin/node-gyp.js", args, { env: { ...process.env, ...nodeHeaders() } });
}

function buildTypeScript() {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  runTool("typescript/bin/tsc", ["-p", "."]);
  copyLua();
  // Run in a checkout, npx starts the file itself.
  chmodSync(join(root, "dist/cli/main.js"), 0o755);
}

export async function build() {
  ensureRequirements("build");
  const luajit = await buildLuajit();
  const native = ["native/core", "native/sqlite", "native/node", "native/bootstrap", "native/sources.gypi"];
  const rules = [
    "binding.gyp",
    "native/exports.map",
    "scripts/embed-bootstrap.mjs",
    join(relative(root, luajit), "luaskills-build.sha256"),
  ];
  await unlessUpToDate("addon", digestOf([...native, ...rules]), addon, buildAddon);
  const typescript = digestOf(["src", "tsconfig.json", "package.json"]);
  await unlessUpToDate("dist", typescript, join(root, "dist/index.js"), buildTypeScript);
  await buildStudioPage();
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
