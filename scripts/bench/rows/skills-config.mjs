import assert from "node:assert/strict";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openSkill } from "../drivers/engine.mjs";
import { inTurn } from "../sampling.mjs";
import { costs, stated } from "../verdict.mjs";

const values = 50;

const entries = {
  set: "return function(args) vulcan.config.set(args.key, args.value) return args.value end",
  get: "return function(args) return vulcan.config.get(args.key) end",
};

/** What any safe replacement of a file costs: a temporary one beside it, on the disk, then renamed. */
function replaceFile(file, text) {
  const temporary = `${file}.tmp`;
  const descriptor = openSync(temporary, "w");
  writeFileSync(descriptor, text);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, file);
}

export default {
  title: `Settings of skills: a file of ${values} values`,
  note: "The floor writes the same bytes to a temporary file, has the disk confirm them, and renames it.",
  trials: {
    async config() {
      const { engine, names, folder, close } = await openSkill(entries);
      for (let i = 0; i < values; i++) await engine.config.set("bench", `key-${i}`, `value ${i}`);
      const text = readFileSync(path.join(folder, "config/skill_config.json"), "utf8");
      const figures = await inTurn(
        {
          floor: i => {
            replaceFile(path.join(folder, "floor.json"), text);
            return `value ${i}`;
          },
          set: async i => {
            await engine.config.set("bench", "key-7", `value ${i}`);
            return `value ${i}`;
          },
          setFromSkill: async i =>
            (await engine.call(names.set, { key: "key-8", value: `value ${i}` })).content,
          setSync: i => engine.callSync(names.set, { key: "key-9", value: `value ${i}` }).content,
          getFromSkill: i => engine.callSync(names.get, { key: `key-${10 + (i % 20)}` }).content,
        },
        { batch: 50, check: value => assert.match(value, /^value \d+$/) },
      );
      assert.equal(await engine.config.get("bench", "key-7"), "value 49");
      await close();
      return figures;
    },
  },
  report: ({ config }) => [
    costs("await engine.config.set()", "µs", config.set / 1e3, "safe replacement", config.floor / 1e3),
    costs("vulcan.config.set in a call", "µs", config.setFromSkill / 1e3, "the same", config.floor / 1e3),
    costs("vulcan.config.set in a callSync", "µs", config.setSync / 1e3, "the same", config.floor / 1e3),
    stated("vulcan.config.get in a callSync", "µs", config.getFromSkill / 1e3),
  ],
};
