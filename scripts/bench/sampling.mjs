import { median } from "./statistics.mjs";

/**
 * Nanoseconds per call of a synchronous function: a warm-up, then the median over samples of `batch` calls each.
 *
 * The result of the last call is returned too, so that no engine can drop the work and the row can check it.
 */
export function timeSync(fn, { batch = 20_000, samples = 15, warmUp = 2 * batch } = {}) {
  let last;
  for (let i = 0; i < warmUp; i++) last = fn(i);
  const perCall = [];
  for (let sample = 0; sample < samples; sample++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < batch; i++) last = fn(i);
    perCall.push(Number(process.hrtime.bigint() - start) / batch);
  }
  return { nanoseconds: median(perCall), last };
}

/** The same for a function that returns a promise, awaited one call at a time. */
export async function timeAsync(fn, { batch = 20_000, samples = 15, warmUp = 2 * batch } = {}) {
  let last;
  for (let i = 0; i < warmUp; i++) last = await fn(i);
  const perCall = [];
  for (let sample = 0; sample < samples; sample++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < batch; i++) last = await fn(i);
    perCall.push(Number(process.hrtime.bigint() - start) / batch);
  }
  return { nanoseconds: median(perCall), last };
}

/** Resident set size in bytes after two forced collections (the trial runs with --expose-gc). */
export function settledRss() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage.rss();
}

/**
 * Nanoseconds per call of several functions, synchronous or not, whose samples are taken in turn: a slow moment of the
 * machine hits all of them.
 *
 * @param check receives the last result of each
 */
export async function inTurn(functions, { batch = 10_000, samples = 15, check = () => {} } = {}) {
  const perCall = Object.fromEntries(Object.keys(functions).map(name => [name, []]));
  // The first two rounds are warm-up.
  for (let sample = -2; sample < samples; sample++) {
    for (const [name, fn] of Object.entries(functions)) {
      const options = { batch, samples: 1, warmUp: 0 };
      const isAsync = fn.constructor.name === "AsyncFunction";
      const { nanoseconds, last } = isAsync ? await timeAsync(fn, options) : timeSync(fn, options);
      check(last);
      if (sample >= 0) perCall[name].push(nanoseconds);
    }
  }
  return Object.fromEntries(Object.entries(perCall).map(([name, values]) => [name, median(values)]));
}
