// node probe.js NAME [INPUT]: loads one part of the installation, uses it once and prints what it found. A process of its own, as
// a binary that does not fit the machine may end the process that loads it.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type DatabasePackage, packageFolder } from "../databases/packages.js";
import type { SkillRoot } from "../index.js";
import type { ProbedRoots } from "./root-checks.js";

export type ProbedPart = "addon" | "skills" | DatabasePackage;

const probes: { [Part in ProbedPart]: (input: string) => Promise<string> } = {
  async addon() {
    const { LuaVm } = await import("../vm/index.js");
    const { addonFile } = await import("../vm/binding.js");
    const vm = new LuaVm();
    const [version, compiled] = vm.evalSync(`
      local sum = 0
      for i = 1, 1e4 do sum = sum + i end
      return { jit.version, require("jit.util").traceinfo(1) ~= nil }
    `) as [string, boolean];
    vm.close();
    // Where executable memory is forbidden everything loads and runs, slowly.
    if (!compiled) throw new Error(`${version} runs, but the system lets it make no machine code`);
    return `${version}, JIT on, ${relative(realpathSync(packageFolder), addonFile)}`;
  },

  async skills(input) {
    const { roots, runtimeRoot } = JSON.parse(input) as { roots: SkillRoot[]; runtimeRoot?: string };
    const { SkillEngine } = await import("../index.js");
    await using engine = await SkillEngine.create(runtimeRoot === undefined ? {} : { runtimeRoot });
    const report = await engine.load(roots);
    const probed: ProbedRoots = { report };
    await engine.config.list().catch((error: Error) => {
      probed.settingsProblem = error.message;
    });
    return JSON.stringify(probed);
  },

  async "better-sqlite3"() {
    const { openConnection } = await import("../databases/sqlite/connection.js");
    const folder = mkdtempSync(join(tmpdir(), "luaskills-doctor-"));
    try {
      const { native, close } = openConnection(join(folder, "doctor.sqlite3"));
      const { rows } = native.query("SELECT sqlite_version() AS version", "");
      close();
      const [{ version }] = JSON.parse(Buffer.from(rows).toString()) as [{ version: string }];
      return `SQLite ${version}`;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },

  async "@node-rs/jieba"() {
    const { loadJieba } = await import("../databases/sqlite/jieba.js");
    loadJieba().create().cut("数据库", true);
    return "";
  },

  async "@lancedb/lancedb"() {
    const { loadLance } = await import("../databases/lancedb/library.js");
    const connection = await loadLance().lance.connect("memory://");
    await connection.tableNames();
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
  process.stdout.write(await probes[part](process.argv[3] ?? ""));
} catch (error) {
  process.stderr.write((error as Error).message);
  process.exitCode = 1;
}
