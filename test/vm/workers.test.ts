import { test } from "node:test";
import { expectOutput } from "./fixture-process.js";

test("several worker threads run Lua at once, with waits, lanes and kills", () =>
  expectOutput(["worker-threads.mjs"], "1 5001225 LUA_TIMEOUT 0 0 0 0\n"));

test("process.exit with calls waiting, computing on lanes, blocked below a C function and queued is clean", () =>
  expectOutput(["in-flight.mjs", "exit"], "ended exit\n"));

test("terminating a worker with calls in every state is clean, and the main thread goes on", () =>
  expectOutput(["in-flight.mjs", "terminate"], "ended terminate 1 alive\n"));

test("process.exit in a worker with calls in every state is clean, and the main thread goes on", () =>
  expectOutput(["in-flight.mjs", "worker-exit"], "ended worker-exit 0 alive\n"));

test("calls that wait for promises do not keep the process alive by themselves", () =>
  expectOutput(["in-flight.mjs", "end"], "ended end\n"));

test("a computation and a deadline keep the process alive until they end, an idle VM does not", () =>
  expectOutput(["keeps-alive.mjs"], "computed 20000000\nended LUA_TIMEOUT\n"));

test("a worker that is terminated while Lua holds its thread ends", () =>
  expectOutput(["terminate-in-lua.mjs"], "terminated 1\nterminated 1\n"));

test("workers that end with calls in flight leak nothing", () => expectOutput(["worker-leak.mjs"], "flat\n"));
