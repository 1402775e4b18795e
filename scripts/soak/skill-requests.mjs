// Requests to an engine: 32 skills, 1,000 requests in flight at any time, which wait, compute, call each other, start code,
// fail, run for ever and are aborted. Every answer carries the id of its request and is checked.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SkillEngine } from "luaskills";

const SKILLS = 32;
const IN_FLIGHT = 1_000;

const manifest = `name: Soak
version: 1.0.0
entries:
  - name: run
    lua_entry: runtime/run.lua
    lua_module: soak
`;

const source = `
local work = {}

function work.plain() return "plain" end

function work.wait(id)
  local answer = vulcan.host.call("echo", { id = id })
  return answer.value
end

function work.compute()
  local sum = 0
  for i = 1, 1000000 do sum = sum + i % 7 end
  return tostring(sum)
end

function work.nested(id, args)
  local content, skill = vulcan.call(args.other, { kind = "wait", nested = true })
  return content .. " by " .. skill
end

function work.broken_nested(id, args)
  local ok, message = pcall(vulcan.call, args.other, { kind = "fail" })
  return tostring(ok) .. " " .. message:match("failed for %S+")
end

function work.exec(id)
  local report = vulcan.runtime.lua.exec({ code = "return args.id .. vulcan.context.request.session_id", args = { id = id } })
  return report:match("\`\`\`text\\n(.-)\\n\`\`\`")
end

function work.process(id)
  return vulcan.process.exec({ program = "printf", args = { id } }).stdout
end

function work.fail(id) error("failed for " .. id, 0) end

function work.table() return { "not a string" } end

function work.spin() while true do end end

return function(args)
  local id = vulcan.context.request.request_id
  local skill = vulcan.runtime.internal.skill_name
  local done = work[args.kind](id, args)
  assert(vulcan.context.request.request_id == id, "the request changed during the call")
  assert(vulcan.runtime.internal.skill_name == skill, "the skill changed during the call")
  if args.nested then return done, skill end
  if type(done) ~= "string" then return done end
  leaked = (leaked or 0) + 1
  return table.concat({ id, skill, done }, "|")
end
`;

/** Kinds of requests; `of` in a hundred. `expect(id, skill, other)` is the content, or the code of the error. */
const kinds = [
  { kind: "plain", of: 30, expect: () => "plain" },
  { kind: "wait", of: 24, expect: id => id },
  { kind: "compute", of: 8, expect: () => "2999998" },
  { kind: "nested", of: 12, expect: (id, other) => `${id} by ${other}` },
  { kind: "broken_nested", of: 4, expect: id => `false failed for ${id}` },
  { kind: "exec", of: 4, expect: id => `${id}luaexec-call-internal` },
  { kind: "process", of: 1, expect: id => id },
  { kind: "fail", of: 5, fails: "LUA_RUNTIME" },
  { kind: "table", of: 4, fails: "SKILL_RESULT" },
  { kind: "spin", of: 2, fails: "LUA_TIMEOUT", timeoutMs: 20 },
  { kind: "wait", of: 6, fails: "LUA_ABORTED", abort: true },
];
const schedule = kinds.flatMap(kind => Array(kind.of).fill(kind));

const skillName = number => `soak-${String(number).padStart(2, "0")}`;

function writeSkills(root) {
  for (let i = 0; i < SKILLS; i++) {
    const folder = join(root, skillName(i), "runtime");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "run.lua"), source);
    writeFileSync(join(root, skillName(i), "skill.yaml"), manifest);
  }
}

/** One request; returns what is wrong with its answer, or undefined. */
async function request(engine, number) {
  // 37 and 100 have no common factor: the kinds come mixed, and each skill gets all of them.
  const { kind, expect, fails, timeoutMs, abort } = schedule[(number * 37) % schedule.length];
  const id = `request-${number}`;
  const skill = skillName(number % SKILLS);
  const other = skillName((number * 7 + 3) % SKILLS);
  const controller = new AbortController();
  const options = { context: { requestContext: { requestId: id } }, timeoutMs: timeoutMs ?? 120_000 };
  const call = engine.call(
    `${skill}-run`,
    { kind, other: `${other}-run` },
    { ...options, signal: controller.signal },
  );
  if (abort) setImmediate(() => controller.abort());
  try {
    const { content } = await call;
    if (fails !== undefined) return abort ? undefined : `${id} (${kind}) succeeded: ${content}`;
    const expected = `${id}|${skill}|${expect(id, other)}`;
    return content === expected ? undefined : `${id} (${kind}): got ${content} instead of ${expected}`;
  } catch (error) {
    if (error.code !== fails) return `${id} (${kind}): ${error.code} ${error.message}`;
    return kind !== "fail" || error.message.includes(`failed for ${id}`) ? undefined : error.message;
  }
}

/** `count` requests by 1,000 clients, each of which waits for its answer before it asks again. Throws what was wrong. */
export async function runSkillRequests(count, sample) {
  const root = mkdtempSync(join(tmpdir(), "luaskills-soak-"));
  const engine = await SkillEngine.create({ pool: { acquireTimeoutMs: 120_000 } });
  const problems = [];
  try {
    writeSkills(root);
    engine.registerHostTool("echo", {
      description: "Gives back the id, later.",
      call: ({ id }) => new Promise(resolve => setTimeout(resolve, id.length % 5, id)),
    });
    const { loaded } = await engine.load([{ name: "ROOT", skillsDir: root }]);
    if (loaded.length !== SKILLS) problems.push(`${loaded.length} skills were loaded`);
    let started = 0;
    let ended = 0;
    const client = async () => {
      while (started < count) {
        const problem = await request(engine, started++);
        if (problem !== undefined) problems.push(problem);
        sample(++ended);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, client));
    const stats = engine.stats();
    problems.push(...statisticsProblems(stats, count));
    if (problems.length > 0) {
      throw new Error(`${problems.length} wrong answers or counts:\n${problems.slice(0, 20).join("\n")}`);
    }
    const { created, discarded } = stats.pool;
    return { skills: SKILLS, inFlight: IN_FLIGHT, ...stats.calls, vmsMade: created, vmsDiscarded: discarded };
  } finally {
    await engine.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function statisticsProblems({ calls, pool, execPool }, count) {
  const problems = [];
  if (calls.running !== 0) problems.push(`${calls.running} calls still run`);
  if (calls.completed + calls.failed !== count)
    problems.push(`counted ${calls.completed} + ${calls.failed} calls`);
  for (const { total, idle, leased, waiting, created, discarded, reaped } of [pool, execPool]) {
    if (leased !== 0 || waiting !== 0) problems.push(`${leased} VMs leased, ${waiting} callers waiting`);
    if (total !== idle + leased) problems.push(`${total} VMs, but ${idle} idle and ${leased} leased`);
    if (total !== created - discarded - reaped) {
      problems.push(`${created} VMs made, ${discarded} discarded, ${reaped} reaped, ${total} left`);
    }
  }
  return problems;
}
