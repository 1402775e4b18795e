import { openSkill } from "./bench/drivers/engine.mjs";

const { engine, close } = await openSkill({ e: "return function() return '' end" });
const N = Number(process.argv[2]);
const t = process.hrtime.bigint();
for (let i = 0; i < N; i++)
  await engine.execLua({ code: 'return args.name .. ":" .. args.count', args: { name: "alpha", count: i } });
console.log(Number(process.hrtime.bigint() - t) / N / 1000, "us");
await close();
