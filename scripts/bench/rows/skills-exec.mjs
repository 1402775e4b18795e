import assert from "node:assert/strict";
import { LuaVm } from "luaskills/vm";
import { openSkill } from "../drivers/engine.mjs";
import { inTurn } from "../sampling.mjs";
import { costs, stated } from "../verdict.mjs";

const code = 'return args.name .. ":" .. args.count';
const argument = i => ({ name: "alpha", count: i });

const caller = `
  return function(args)
    return vulcan.runtime.lua.exec({ code = args.code, args = args })
  end`;

export default {
  title: "Code that comes with the request: runLua and execLua against the same chunk on a bare LuaVm",
  note: "A strict exec makes a VM of its own, which is gone afterwards.",
  trials: {
    async chunks() {
      const vm = new LuaVm();
      const { engine, names, close } = await openSkill({ caller });
      const figures = await inTurn(
        {
          vm: async i => vm.eval(code, argument(i)),
          runLua: async i => engine.runLua(code, argument(i)),
          execLua: async i => engine.execLua({ code, args: argument(i) }),
          fromSkill: async i => (await engine.call(names.caller, { ...argument(i), code })).content,
          strict: async i => engine.execLua({ code, args: argument(i), sandbox: "strict" }),
        },
        { batch: 500, check: text => assert.match(text, /\balpha:\d+\b/) },
      );
      await close();
      return figures;
    },
  },
  report: ({ chunks }) => [
    costs("await engine.runLua()", "µs", chunks.runLua / 1e3, "await vm.eval()", chunks.vm / 1e3),
    costs("await engine.execLua()", "µs", chunks.execLua / 1e3, "await vm.eval()", chunks.vm / 1e3),
    stated("an entry that calls vulcan.runtime.lua.exec", "µs", chunks.fromSkill / 1e3),
    stated('await engine.execLua() with sandbox: "strict"', "µs", chunks.strict / 1e3),
  ],
};
