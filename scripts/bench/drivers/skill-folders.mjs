import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A Lua file of the size and shape that entries have: a few locals, a helper, a table made once, the handler. */
const source = (skill, entry) => `local label = "${skill}/${entry}"

local function clamp(count)
  if count < 1 then return 1 end
  if count > 100 then return 100 end
  return count
end

local prefixes = {}
for i = 1, 8 do prefixes[i] = label .. " " .. i end

return function(args)
  if type(args.path) ~= "string" then return "error: path must be a string" end
  local lines = {}
  for i = 1, clamp(args.limit or 10) do
    lines[#lines + 1] = prefixes[(i - 1) % 8 + 1] .. ": " .. args.path
  end
  return table.concat(lines, "\\n")
end
`;

const entryLines = (skill, entry) => `  - name: ${entry}
    description: Does what ${entry} of ${skill} does, and says so in one sentence.
    lua_entry: runtime/${entry}.lua
    lua_module: ${`${skill}-${entry}`.replaceAll("-", "_")}
    help: workflow
    parameters:
      - { name: path, type: string, description: The file to work on., required: true }
      - { name: limit, type: integer, description: How many lines. Default 10. }
`;

const helpLines = `help:
  main: { name: Overview, description: What it is for., file: help/help.md }
  topics:
    - { name: workflow, description: How it is done., file: help/workflow.md }
`;

/**
 * Skills `skill-0` … with entries `entry-0` … each, in a temporary folder.
 *
 * @returns the folder and what removes it
 */
export function createSkillFolders(skills, entries) {
  const skillsDir = mkdtempSync(path.join(os.tmpdir(), "luaskills-bench-"));
  for (let s = 0; s < skills; s++) {
    const skill = `skill-${s}`;
    mkdirSync(path.join(skillsDir, skill, "runtime"), { recursive: true });
    let manifest = `name: Skill ${s}\nversion: 1.0.${s}\nentries:\n`;
    for (let e = 0; e < entries; e++) {
      const entry = `entry-${e}`;
      manifest += entryLines(skill, entry);
      writeFileSync(path.join(skillsDir, skill, "runtime", `${entry}.lua`), source(skill, entry));
    }
    writeFileSync(path.join(skillsDir, skill, "skill.yaml"), manifest + helpLines);
  }
  return { skillsDir, remove: () => rmSync(skillsDir, { recursive: true, force: true }) };
}
