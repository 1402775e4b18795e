import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadSqlite, sqliteLibraryProblem } from "#dist/databases/sqlite/library.js";
import { install, installation, mkdir } from "./installation.js";

/** What a build or a download brings. */
const built = /^.(build|deps|src|lib.binding)$/;

/** As after an installation without install scripts. */
function installWithoutBinary(modules: string): string {
  const target = install(modules, "better-sqlite3", path => !built.test(path));
  install(modules, "bindings");
  install(modules, "file-uri-to-path");
  return target;
}

test("the library loads, once in a thread", t => {
  loadSqlite();
  loadSqlite();
  assert.equal(sqliteLibraryProblem(), undefined);
  const { modules, load } = installation(t);
  install(modules, "better-sqlite3", path => !/^.(deps|src)$/.test(path));
  install(modules, "bindings");
  install(modules, "file-uri-to-path");
  assert.equal(load(), "it works");
});

test("a library that is not installed is told with the command that installs it", t => {
  const { load } = installation(t);
  assert.match(
    load(),
    /^the package better-sqlite3 is not installed; this installs it: npm install "better-sqlite3@\^12[^"]+"$/,
  );
});

test("a library for another Node is not loaded, which might end the process", t => {
  const { modules, load } = installation(t);
  const library = mkdir(join(modules, "better-sqlite3"));
  writeFileSync(join(library, "package.json"), '{ "version": "13.0.0", "engines": { "node": ">=99" } }');
  writeFileSync(join(library, "index.js"), "process.abort()");
  assert.match(
    load(),
    /^better-sqlite3 13\.0\.0 is for Node\.js >=99, this is \S+; this installs it: npm install "/,
  );
});

test("a library that lacks a part is told with what it lacks", t => {
  const { modules, load } = installation(t);
  const library = install(modules, "better-sqlite3", path => !built.test(path));
  rmSync(join(library, "lib/util.js"));
  assert.match(
    load(),
    /^better-sqlite3 cannot be loaded \(Cannot find module '.\/util'\); this installs it: npm install /,
  );
});

test("a library without its binary is told with the command that builds it", t => {
  const { modules, load } = installation(t);
  installWithoutBinary(modules);
  assert.equal(
    load(),
    `the binary of better-sqlite3 does not load in Node.js ${process.versions.node} (Could not locate the bindings file.); this gets the one that does: npm rebuild better-sqlite3`,
  );
});

test("a binary that is none is told with the reason and the command that builds one", t => {
  const { modules, load } = installation(t);
  const library = installWithoutBinary(modules);
  writeFileSync(join(mkdir(join(library, "build/Release")), "better_sqlite3.node"), "no library");
  assert.match(
    load(),
    /^the binary of better-sqlite3 does not load in Node\.js \S+ \([^\n]*better_sqlite3\.node[^\n]*\); this gets the one that does: npm rebuild better-sqlite3$/,
  );
});
