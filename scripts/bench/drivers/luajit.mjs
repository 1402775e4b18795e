import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { luajitFolder } from "../luajit-build.mjs";

export const kernels = fileURLToPath(new URL("../kernels/", import.meta.url));

/** Runs kernels/measure.lua in the `luajit` binary of the addon's own source; returns nanoseconds per sample. */
export function measureWithLuajit(kernel, n, warmUp, samples) {
  const code = `
    local measured = dofile(arg[1] .. "measure.lua")(arg[1] .. arg[2] .. ".lua", ${n}, ${warmUp}, ${samples})
    print(table.concat(measured.nanoseconds, " "))
    print(measured.result)`;
  const binary = path.join(luajitFolder(), "luajit");
  const result = spawnSync(binary, ["-", kernels, kernel], { input: code, encoding: "utf8" });
  if (result.status !== 0)
    throw new Error(`luajit failed on ${kernel}: ${result.error?.message ?? result.stderr}`);
  const [nanoseconds, answer] = result.stdout.trim().split("\n");
  return { nanoseconds: nanoseconds.split(" ").map(Number), result: answer };
}
