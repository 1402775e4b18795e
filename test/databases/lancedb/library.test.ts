import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as installed from "#dist/databases/lancedb/library.js";
import { temporaryFolder } from "../../skills/skill-tree.js";

const platform = `${process.platform}-${process.arch}`;
const install = "npm install @lancedb/lancedb apache-arrow@18";

interface Package {
  readonly manifest?: object;
  /** Source of its main file. */
  readonly main?: string;
}

/** The library module as it is in an installation that has these packages beside it. */
async function libraryWith(
  t: TestContext,
  packages: { readonly [name: string]: Package },
): Promise<{ library: typeof installed; folder: string }> {
  const folder = realpathSync(temporaryFolder(t));
  const copy = join(folder, "node_modules/luaskills/library.js");
  write(join(dirname(copy), "package.json"), '{"type":"module"}');
  copyFileSync(fileURLToPath(import.meta.resolve("#dist/databases/lancedb/library.js")), copy);
  for (const [name, { manifest, main = "" }] of Object.entries(packages)) {
    const home = join(folder, "node_modules", name);
    write(
      join(home, "package.json"),
      JSON.stringify({ name, version: "9.8.7", main: "dist/index.js", ...manifest }),
    );
    write(join(home, "dist/index.js"), main);
  }
  return { library: await import(pathToFileURL(copy).href), folder };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** As the real one: nothing but its main file can be had by its name. */
const lancedb = (
  main = "",
  natives = [`@lancedb/lancedb-${platform}-one`, `@lancedb/lancedb-${platform}-two`],
) => ({
  "@lancedb/lancedb": {
    main,
    manifest: {
      exports: { ".": "./dist/index.js" },
      optionalDependencies: Object.fromEntries([...natives, "openai"].map(name => [name, "9.8.7"])),
    },
  },
});
const native = { [`@lancedb/lancedb-${platform}-two`]: {} };
const arrow = { "apache-arrow": {} };

test("the packages of this installation are found and named without loading them", () => {
  assert.equal(installed.lanceLibraryProblem(), undefined);
  const { name, version, path } = installed.lanceLibrary();
  assert.equal(name, "@lancedb/lancedb");
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.match(path, /lancedb.*\.node$/);
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  assert.deepEqual(
    sharedObjects.filter(file => file.includes("lancedb")),
    [],
  );
});

test("what is missing is named, with the command that helps", async t => {
  const cases: [packages: Parameters<typeof libraryWith>[1], problem: string][] = [
    [{}, `the package @lancedb/lancedb is not installed; this installs it: ${install}`],
    [arrow, `the package @lancedb/lancedb is not installed; this installs it: ${install}`],
    [
      { ...lancedb(), ...native },
      `the package apache-arrow, which @lancedb/lancedb needs, is not installed; this installs it: ${install}`,
    ],
    [
      { ...lancedb(), ...arrow },
      `the native code of @lancedb/lancedb for ${platform} is not installed ` +
        `(@lancedb/lancedb-${platform}-one or @lancedb/lancedb-${platform}-two); this installs it: ${install} --include=optional`,
    ],
    [
      { ...lancedb("", ["@lancedb/lancedb-amiga-m68k"]), ...arrow },
      `@lancedb/lancedb 9.8.7 has no native code for ${platform}`,
    ],
  ];
  for (const [packages, problem] of cases) {
    const { library } = await libraryWith(t, packages);
    assert.equal(library.lanceLibraryProblem(), problem);
    assert.deepEqual(library.lanceLibrary(), { path: "", name: "@lancedb/lancedb", version: "unknown" });
    assert.throws(() => library.loadLance(), { message: problem });
  }
});

test("one package with native code for the platform is enough; hosts may name a file of their own", async t => {
  const { library, folder } = await libraryWith(t, { ...lancedb(), ...arrow, ...native });
  const path = join(folder, `node_modules/@lancedb/lancedb-${platform}-two/dist/index.js`);
  assert.equal(library.lanceLibraryProblem(), undefined);
  assert.deepEqual(library.lanceLibrary(), { path, name: "@lancedb/lancedb", version: "9.8.7" });

  t.after(() => delete process.env.NAPI_RS_NATIVE_LIBRARY_PATH);
  process.env.NAPI_RS_NATIVE_LIBRARY_PATH = "/opt/own.node";
  const own = await libraryWith(t, { ...lancedb("", []), ...arrow });
  assert.equal(own.library.lanceLibraryProblem(), undefined);
  assert.equal(own.library.lanceLibrary().path, "/opt/own.node");
});

test("why native code does not load is told, not what LanceDB says of npm", async t => {
  const main = `throw new Error("Cannot find native binding. npm has a bug", {
    cause: new Error("second", { cause: new Error("GLIBC_2.99 not found") }) })`;
  const { library } = await libraryWith(t, { ...lancedb(main), ...arrow, ...native });
  assert.throws(() => library.loadLance(), {
    message: "@lancedb/lancedb 9.8.7 cannot be loaded: GLIBC_2.99 not found",
  });
});

test("LanceDB loads without its warnings, unless the host has decided about them, and with the Arrow that it uses", async t => {
  t.after(() => delete process.env.LANCEDB_LOG);
  const main = 'module.exports = { log: process.env.LANCEDB_LOG, arrow: require("apache-arrow") }';
  for (const decided of [undefined, "debug"]) {
    if (decided !== undefined) process.env.LANCEDB_LOG = decided;
    const { library } = await libraryWith(t, { ...lancedb(main), ...arrow, ...native });
    const { lance, arrow: own } = library.loadLance();
    const loaded = lance as unknown as { log: string; arrow: unknown };
    assert.equal(loaded.log, decided ?? "error");
    assert.equal(loaded.arrow, own);
    assert.equal(process.env.LANCEDB_LOG, decided);
  }
});
