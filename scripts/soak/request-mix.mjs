import assert from "node:assert/strict";
import { openRequestSkills, skillName } from "./request-skills.mjs";

/** What `compute` does, here. */
function computed(n) {
  let x = (n % 8) + 1;
  for (let i = 1; i <= 400_000; i++) x = (x * 48271 + i) % 2147483647;
  return x;
}

const products = Array.from({ length: 8 }, (_, n) => computed(n));

function sortedEnds(n) {
  const list = Array.from({ length: 300 }, (_, i) => ((i + 1) * 7919 + n) % 1009).sort((a, b) => a - b);
  return `${list[0]} ${list[299]}`;
}

function sum(n) {
  return (n * (n + 1)) / 2;
}

/** One request: which skill serves it, what it says about itself, and what has to come of it. */
class Request {
  constructor(engine, n) {
    this.engine = engine;
    this.n = n;
    this.skill = skillName(n);
    this.other = skillName(n * 7 + 3);
    this.id = `request-${n}`;
  }

  call(entry, options = {}) {
    const context = { requestContext: { requestId: this.id } };
    return this.engine.call(
      `${this.skill}-${entry}`,
      { n: this.n, other: this.other },
      { ...options, context },
    );
  }

  async answers(entry, result, options) {
    const { content } = await this.call(entry, options);
    assert.equal(content, `${this.skill} ${this.id}: ${result}`);
  }

  async fails(entry, expected, options) {
    await assert.rejects(this.call(entry, options), expected);
  }

  async aborted(entry) {
    const aborter = new AbortController();
    setTimeout(() => aborter.abort(), this.n % 10);
    await this.fails(entry, { code: "LUA_ABORTED" }, { signal: aborter.signal });
  }
}

/** What a request may be, with how often it is chosen. Each checks its own answer. */
const kinds = [
  [24, "quick", request => request.answers("quick", request.n)],
  [16, "tool", request => request.answers("tool", request.n, { timeoutMs: 60_000 })],
  [8, "coroutine", request => request.answers("coroutine", `${request.n} ${request.n}`)],
  [3, "process", request => request.answers("process", request.n)],
  [
    10,
    "nested",
    request => {
      const inner = `${request.other} ${request.id}: ${request.n}`;
      return request.answers("nested", `false request ${request.n} failed on purpose ${inner}`);
    },
  ],
  [
    6,
    "exec",
    // Code of an exec works for nobody's request.
    request => {
      const inner = `${request.other} nil: ${request.n}`;
      return request.answers("exec", `sum ${sum(request.n % 100)} ${inner}`);
    },
  ],
  [8, "compute", request => request.answers("compute", products[request.n % 8])],
  [8, "sort", request => request.answers("sort", sortedEnds(request.n))],
  [
    8,
    "fail",
    request =>
      request.fails("fail", {
        code: "LUA_RUNTIME",
        message: `${request.skill}-fail: request ${request.n} failed on purpose`,
      }),
  ],
  [
    4,
    "wrong",
    request =>
      request.fails("wrong", { code: "SKILL_RESULT", message: new RegExp(`'${request.skill}-wrong'`) }),
  ],
  [2, "timeout", request => request.fails("endless", { code: "LUA_TIMEOUT" }, { timeoutMs: 10 })],
  [
    2,
    "waiting past the deadline",
    request => request.fails("forever", { code: "LUA_TIMEOUT" }, { timeoutMs: 10 }),
  ],
  [2, "abort of work", request => request.aborted("endless")],
  [4, "abort of waiting", request => request.aborted("forever")],
  [1, "out of memory", request => request.fails("greedy", { code: "LUA_MEMORY" })],
];

const weights = kinds.reduce((total, [weight]) => total + weight, 0);

/** A kind for the request of this number, the same one every time. */
function kindOf(n) {
  let left = ((((n + 1) * 48271 * 7919) % 2147483647) / 2147483647) * weights;
  for (const [weight, name, run] of kinds) {
    left -= weight;
    if (left < 0) return { name, run };
  }
  throw new RangeError(`no kind for request ${n}`);
}

/** The pool's books: nothing is leased, and every VM that was made is idle or gone. */
export function checkAtRest({ engine, waiting }) {
  const { calls, pool, execPool } = engine.stats();
  assert.equal(calls.running, 0);
  assert.equal(waiting(), 0);
  for (const stats of [pool, execPool]) {
    assert.equal(stats.leased, 0);
    assert.equal(stats.waiting, 0);
    assert.equal(stats.total, stats.idle);
    assert.equal(stats.total, stats.created - stats.discarded - stats.reaped);
  }
}

/**
 * Starts so many requests at once and waits for all of them. Rejects when one answer is wrong.
 *
 * @param first number of the first one
 * @returns how often each kind was asked for
 */
export async function runRequests(skills, first, count) {
  const asked = {};
  const started = Array.from({ length: count }, (_, i) => {
    const { name, run } = kindOf(first + i);
    asked[name] = (asked[name] ?? 0) + 1;
    return run(new Request(skills.engine, first + i)).catch(error => {
      throw new Error(`request ${first + i}, ${name}: ${error.message}`, { cause: error });
    });
  });
  const ended = await Promise.allSettled(started);
  const wrong = ended.filter(({ status }) => status === "rejected");
  if (wrong.length > 0)
    throw new Error(`${wrong.length} wrong answers, the first: ${wrong[0].reason.message}`);
  checkAtRest(skills);
  return asked;
}

const atOnce = 500;

/** `count` requests to 32 skills, 500 at a time. `sample(done)` is called all along. */
export async function runRequestMix(count, sample) {
  const skills = await openRequestSkills();
  const asked = {};
  for (let done = 0; done < count; done += atOnce) {
    const some = await runRequests(skills, done, Math.min(atOnce, count - done));
    for (const [name, times] of Object.entries(some)) asked[name] = (asked[name] ?? 0) + times;
    sample(Math.min(done + atOnce, count));
  }
  const { created, discarded } = skills.engine.stats().pool;
  await skills.close();
  return { ...asked, created, discarded };
}
