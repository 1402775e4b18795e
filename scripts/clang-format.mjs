// node scripts/clang-format.mjs --check | --write: the C++ files against .clang-format.
import { spawnSync } from "node:child_process";
import { nativeFiles } from "./native-files.mjs";
import { root } from "./run-command.mjs";

const mode = process.argv[2];
if (mode !== "--check" && mode !== "--write") {
  console.error("clang-format: say --check or --write");
  process.exit(2);
}
const files = nativeFiles(".h", ".cc");
const args = mode === "--write" ? ["-i"] : ["--dry-run", "--Werror"];
const result = spawnSync("clang-format", [...args, ...files], { cwd: root, stdio: "inherit" });
if (result.error) console.error(`clang-format: ${result.error.message}`);
process.exitCode = result.status ?? 1;
