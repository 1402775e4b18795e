import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SkillEngine } from "luaskills";

export const skillCount = 32;

export function skillName(i) {
  return `unit-${String(i % skillCount).padStart(2, "0")}`;
}

/** Bodies of entries between two looks at the scope they run in; `args.n` is the number of the request. */
const work = {
  quick: "return tostring(args.n)",
  tool: "return tostring(vulcan.host.call('later', { n = args.n }).value)",
  coroutine: `
    local co = coroutine.wrap(function(n)
      local first = vulcan.host.call("later", { n = n }).value
      coroutine.yield(first)
      return vulcan.host.call("later", { n = first }).value
    end)
    return co(args.n) .. " " .. co()`,
  process: "return (vulcan.process.exec({ command = 'echo ' .. args.n }).stdout:gsub('%s+$', ''))",
  nested: `
    local ok, problem = pcall(vulcan.call, args.other .. "-fail", { n = args.n })
    return tostring(ok) .. " " .. tostring(problem):match("^[^\\n]*") .. " " .. vulcan.call(args.other .. "-tool", { n = args.n })`,
  exec: `
    local report = vulcan.runtime.lua.exec({
      code = "local s = 0 for i = 1, args.n % 100 do s = s + i end return 'sum ' .. s .. ' ' .. vulcan.call(args.other .. '-quick', { n = args.n })",
      args = args,
    })
    return report:match("sum [^\\n]*")`,
  compute: `
    local x = args.n % 8 + 1
    for i = 1, 400000 do
      x = (x * 48271 + i) % 2147483647
    end
    return tostring(x)`,
  sort: `
    local list = {}
    for i = 1, 300 do
      list[i] = (i * 7919 + args.n) % 1009
    end
    table.sort(list, function(a, b)
      return a < b
    end)
    return list[1] .. " " .. list[300]`,
  fail: "error('request ' .. args.n .. ' failed on purpose', 0)",
  wrong: "return { args.n }",
  endless: "while true do end",
  forever: "return vulcan.host.call('never', { n = args.n })",
  greedy: "local t = {} for i = 1, math.huge do t[i] = { i } end",
};

/** The handler tells whose request it sees before and after its work. */
function entrySource(skill, body) {
  return `
local me = "${skill}"

local function scope()
  local context, internal = vulcan.context, vulcan.runtime.internal
  assert(internal.skill_name == me and context.skill_dir:match("[^/\\\\]+$") == me, "the scope of another skill")
  return tostring(context.request.request_id)
end

local function work(args)
  ${body}
end

return function(args)
  local before = scope()
  seen = before
  local result = work(args)
  assert(seen == before, "globals of another request")
  assert(scope() == before, "the scope changed")
  if type(result) ~= "string" then
    return result
  end
  return me .. " " .. before .. ": " .. result
end
`;
}

function writeSkills(folder) {
  for (let i = 0; i < skillCount; i++) {
    const skill = skillName(i);
    const runtime = path.join(folder, skill, "runtime");
    mkdirSync(runtime, { recursive: true });
    let manifest = `name: ${skill}\nversion: 1.0.0\nentries:\n`;
    for (const [name, body] of Object.entries(work)) {
      manifest += `  - { name: ${name}, lua_entry: runtime/${name}.lua, lua_module: ${name} }\n`;
      writeFileSync(path.join(runtime, `${name}.lua`), entrySource(skill, body));
    }
    writeFileSync(path.join(folder, skill, "skill.yaml"), manifest);
  }
}

/** An engine with 32 skills that can do everything a request may do, in a temporary folder that goes with `close()`. */
export async function openRequestSkills() {
  const folder = mkdtempSync(path.join(os.tmpdir(), "luaskills-requests-"));
  writeSkills(folder);
  const engine = await SkillEngine.create({
    pool: { maxSize: 24, acquireTimeoutMs: 120_000 },
    memoryLimit: 8 << 20,
  });
  const report = await engine.load([{ name: "ROOT", skillsDir: folder }]);
  if (report.failed.length > 0) throw new Error(`a skill failed to load: ${report.failed[0].error}`);
  engine.registerHostTool("later", {
    description: "Answers with the number, after a moment; refuses to answer for somebody else.",
    async call({ n }, caller) {
      if (caller.request_id !== `request-${n}`) throw new Error(`asked for ${n} by ${caller.request_id}`);
      await sleep(n % 4);
      return n;
    },
  });
  let waiting = 0;
  engine.registerHostTool("never", {
    description: "Does not answer before the call that waits for it has ended.",
    call: (_args, _caller, { signal }) =>
      new Promise(resolve => {
        waiting++;
        signal.addEventListener("abort", () => {
          waiting--;
          resolve(null);
        });
      }),
  });
  return {
    engine,
    /** Calls that wait for `never`. */
    waiting: () => waiting,
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
