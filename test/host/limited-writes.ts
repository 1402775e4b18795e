// Run by fs-content.test.ts in a process that may not write large files: what two writes of a megabyte say.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SkillEngine } from "luaskills";
import { writeSkill } from "../skills/skill-tree.js";

const [folder] = process.argv.slice(2);
const root = mkdtempSync(join(tmpdir(), "luaskills-test-"));
writeSkill(
  root,
  "bench",
  "return function(args) vulcan.fs.write(args.file, ('x'):rep(1048576)) return '' end",
);
const engine = await SkillEngine.create();
await engine.load([{ name: "ROOT", skillsDir: root }]);
const args = { file: join(String(folder), "file") };
const beginning = (error: unknown) => /fs\.write: \w+/.exec((error as Error).message)?.[0];
const messages: unknown[] = [];
await engine.call("bench-run", args).catch(error => messages.push(beginning(error)));
try {
  engine.callSync("bench-run", args);
} catch (error) {
  messages.push(beginning(error));
}
await engine.close();
rmSync(root, { recursive: true });
console.log(JSON.stringify(messages));
