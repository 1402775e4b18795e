// node scripts/smoke-load.mjs: loads the prebuilt binary of this platform, never build/, and runs Lua in it, compiled and
// through an error. Expects dist.
import assert from "node:assert/strict";
import process from "node:process";

process.env.PREBUILDS_ONLY = "1"; // node-gyp-build reads it when it is loaded
const { LuaVm } = await import("luaskills/vm");

const vm = new LuaVm();
assert.equal(vm.evalSync("local n = 0; for i = 1, 1e6 do n = n + i end; return n"), 500000500000);
assert.equal(vm.evalSync("return select(2, pcall(error, 'caught', 0))"), "caught");
assert.equal(await vm.eval("return (('a'):rep(args.n))", { n: 3 }), "aaa");
assert.throws(() => vm.evalSync("while true do end", null, { timeoutMs: 100 }), { code: "LUA_TIMEOUT" });
console.log(
  `${process.platform}-${process.arch}: Node ${process.version}, JIT ${vm.jit ? "on" : "off"}: loaded and ran`,
);
vm.close();
