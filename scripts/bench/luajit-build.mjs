import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Folder of the LuaJIT build that the addon is linked with: headers, libluajit.a and the `luajit` binary. */
export function luajitFolder() {
  const folder = path.join(
    repository,
    "native/build",
    `luajit-release-${process.platform}-${process.arch}`,
    "src",
  );
  if (!existsSync(path.join(folder, "luajit"))) {
    throw new Error(`no luajit binary in ${folder}: build it with \`node scripts/build-luajit.mjs\``);
  }
  return folder;
}
