// node probe.js NAME: loads one part of the installation, uses it once and prints what it found. A process of its own, as
// a binary that does not fit the machine may end the process that loads it.

import { createRequire } from "node:module";
import { relative } from "node:path";
import { type DatabasePackage, packageFolder } from "../databases/packages.js";

export type ProbedPart = "addon" | DatabasePackage;

const probes: { [Part in ProbedPart]: () => Promise<string> } = {
  async addon() {
    const { LuaVm } = await import("../vm/index.js");
    const vm = new LuaVm();
    const [version, compiled] = vm.evalSync(`
      local sum = 0
      for i = 1, 1e4 do sum = sum + i end
      return { jit.version, require("jit.util").traceinfo(1) ~= nil }
    `) as [string, boolean];
    vm.close();
    // Where executable memory is forbidden everything loads and runs, slowly.
    if (!compiled) throw new Error(`${version} runs, but the system lets it make no machine code`);
    const { path } = createRequire(import.meta.url)("node-gyp-build") as { path(folder: string): string };
    return `${version}, JIT on, ${relative(packageFolder, path(packageFolder))}`;
  },

  async "better-sqlite3"() {
    const { default: Database } = await import("better-sqlite3");
    const database = new Database(":memory:");
    const version = database.prepare("SELECT sqlite_version()").pluck().get();
    database.close();
    return `SQLite ${version}`;
  },

  async "@node-rs/jieba"() {
    const [{ Jieba }, { dict }] = await Promise.all([
      import("@node-rs/jieba"),
      import("@node-rs/jieba/dict.js"),
    ]);
    Jieba.withDict(dict).cut("数据库");
    return "";
  },

  async "@lancedb/lancedb"() {
    const { connect } = await import("@lancedb/lancedb");
    await (await connect("memory://")).tableNames();
    return "";
  },

  async "apache-arrow"() {
    const { tableFromArrays, tableFromIPC, tableToIPC } = await import("apache-arrow");
    tableFromIPC(tableToIPC(tableFromArrays({ n: [1, 2, 3] })));
    return "";
  },
};

const part = process.argv[2] as ProbedPart;
try {
  process.stdout.write(await probes[part]());
} catch (error) {
  process.stderr.write((error as Error).message);
  process.exitCode = 1;
}
