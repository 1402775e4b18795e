import assert from "node:assert/strict";
import { LuaVm } from "luaskills/vm";
import { openSkill } from "../drivers/engine.mjs";
import { inTurn } from "../sampling.mjs";
import { costs, stated } from "../verdict.mjs";

const body = 'return args.name .. ":" .. args.count .. ":" .. tostring(args.deep)';
const argument = i => ({ name: "alpha", count: i, deep: true });
const context = {
  requestContext: { requestId: "request-1", sessionId: "session-1", clientName: "bench" },
  clientBudget: { tool_result: { bytes: 65_536, lines: 2_000 } },
};
const limited = { timeoutMs: 30_000, context };

/** How often a loop inside one call does what is measured. */
const repeats = 1_000;

const entries = {
  entry: `return function(args) ${body} end`,
  raw: "return function(args) return args.count end",
  nested: `
    return function(args)
      local inner, value = { count = 1 }, 0
      for _ = 1, args.times do value = value + vulcan.call("bench-raw", inner) end
      return tostring(value)
    end`,
  fields: `
    return function(args)
      local context, seen = vulcan.context, 0
      for _ = 1, args.times do
        if context.skill_dir then seen = seen + 1 end
      end
      return tostring(seen)
    end`,
  requests: `
    return function(args)
      local context, seen = vulcan.context, 0
      for _ = 1, args.times do
        if context.request.request_id then seen = seen + 1 end
      end
      return tostring(seen)
    end`,
};

export default {
  title: "What the scope of a request costs: an entry of a skill against the same function on a bare LuaVm",
  note: "Measured in turn within one process; inner loops as the difference to a call without any.",
  trials: {
    async scope() {
      const vm = new LuaVm();
      vm.evalSync(`function entry(args) ${body} end`);
      const handle = vm.getFunction("entry");
      const { engine, names, close } = await openSkill(entries);
      const inside = (name, times) => engine.callSync(names[name], { times }, { context }).content;
      for (const name of ["nested", "fields", "requests"]) assert.equal(inside(name, 3), "3");
      const figures = await inTurn(
        {
          handle: i => handle.callSync(argument(i)),
          scope: i => engine.callSync(names.entry, argument(i)).content,
          limited: i => engine.callSync(names.entry, argument(i), limited).content,
          handleAwaited: async i => handle.call(argument(i)),
          scopeAwaited: async i => (await engine.call(names.entry, argument(i))).content,
        },
        { check: value => assert.match(value, /^alpha:\d+:true$/) },
      );
      const loops = await inTurn(
        {
          none: () => inside("nested", 0),
          nested: () => inside("nested", repeats),
          fields: () => inside("fields", repeats),
          requests: () => inside("requests", repeats),
        },
        { batch: 20, check: value => assert.match(value, /^(0|1000)$/) },
      );
      await close();
      const each = name => (loops[name] - loops.none) / repeats;
      return { ...figures, nested: each("nested"), fields: each("fields"), requests: each("requests") };
    },
  },
  report: ({ scope }) => [
    costs("callSync of an entry", "µs", scope.scope / 1e3, "of a LuaVm handle", scope.handle / 1e3, 2),
    costs(
      "with a deadline and a request",
      "µs",
      scope.limited / 1e3,
      "of a LuaVm handle",
      scope.handle / 1e3,
    ),
    costs(
      "await engine.call()",
      "µs",
      scope.scopeAwaited / 1e3,
      "await handle.call()",
      scope.handleAwaited / 1e3,
    ),
    costs("await engine.call()", "µs", scope.scopeAwaited / 1e3, "own callSync", scope.scope / 1e3, 2),
    stated("one vulcan.call inside an entry", "µs", scope.nested / 1e3),
    stated("reading a text of vulcan.context", "µs", scope.fields / 1e3),
    stated("reading vulcan.context.request, a table", "µs", scope.requests / 1e3),
  ],
};
