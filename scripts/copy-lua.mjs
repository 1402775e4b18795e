// Copies the Lua halves of src/ beside the compiled TypeScript in dist/.
import { cpSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./run-command.mjs";

export function copyLua() {
  const files = readdirSync(join(root, "src"), { recursive: true }).filter(name => name.endsWith(".lua"));
  for (const file of files) cpSync(join(root, "src", file), join(root, "dist", file));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) copyLua();
