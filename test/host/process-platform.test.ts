// What the process layer knows about platforms, as functions of the platform: run everywhere.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { osInfo } from "#dist/host/os.js";
import { ByteQueue } from "#dist/host/process/byte-queue.js";
import { mergedEnvironment } from "#dist/host/process/child.js";
import { parsePs, parseStat, taskkillArguments, treeOf } from "#dist/host/process/process-tree.js";
import { defaultShell, launchers, shellLine } from "#dist/host/process/shells.js";
import { candidates, type SearchEnvironment, which } from "#dist/host/process/which.js";
import { temporaryFolder } from "../skills/skill-tree.js";

test("vulcan.os names systems and processors as skills know them", () => {
  const cases: [platform: string, arch: string, expected: [string, string]][] = [
    ["linux", "x64", ["linux", "x86_64"]],
    ["darwin", "arm64", ["macos", "aarch64"]],
    ["win32", "ia32", ["windows", "i686"]],
    ["linux", "arm", ["linux", "armv7l"]],
    ["freebsd", "riscv64", ["freebsd", "riscv64"]],
  ];
  for (const [platform, arch, [os, word]] of cases)
    assert.deepEqual(osInfo(platform, arch), { os, arch: word });
});

test("each shell gets its command in its own way", () => {
  const plain = (file: string, ...args: string[]) => ({ file, args, verbatim: false });
  assert.deepEqual(shellLine("sh", "a 'b'"), plain("sh", "-c", "a 'b'"));
  assert.deepEqual(shellLine("bash", "a"), plain("bash", "-lc", "a"));
  assert.deepEqual(shellLine("zsh", "a"), plain("zsh", "-lc", "a"));
  assert.deepEqual(shellLine("pwsh", "a"), plain("pwsh", "-NoProfile", "-Command", "a"));
  assert.deepEqual(shellLine("powershell", "a"), plain("powershell", "-NoProfile", "-Command", "a"));
  assert.deepEqual(shellLine("cmd", 'dir "C:\\x y"'), {
    file: "cmd.exe",
    args: ["/D", "/S", "/C", '"dir "C:\\x y""'],
    verbatim: true,
  });
});

test("the default shell is cmd on Windows and sh elsewhere", () => {
  assert.equal(defaultShell("win32"), "cmd");
  assert.equal(defaultShell("linux"), "sh");
  assert.equal(defaultShell("darwin"), "sh");
});

const unix: SearchEnvironment = { platform: "linux", cwd: "/srv", path: "/bin:/opt/x", pathExt: "" };
const windows: SearchEnvironment = {
  platform: "win32",
  cwd: "C:\\work",
  path: "C:\\Windows;D:\\tools",
  pathExt: ".COM;.EXE;.CMD",
};

test("a program is looked for along PATH, unless its name is a path", () => {
  const cases: [program: string, search: SearchEnvironment, expected: string[]][] = [
    ["ls", unix, ["/bin/ls", "/opt/x/ls"]],
    ["ls", { ...unix, path: ":/bin" }, ["/srv/ls", "/bin/ls"]],
    ["ls", { ...unix, path: "tools" }, ["/srv/tools/ls"]],
    ["/usr/ls", unix, ["/usr/ls"]],
    ["./ls", unix, ["/srv/ls"]],
    ["sub/ls", unix, ["/srv/sub/ls"]],
    ["a\\b", unix, ["/bin/a\\b", "/opt/x/a\\b"]],
    ["rg.exe", windows, ["C:\\Windows\\rg.exe", "D:\\tools\\rg.exe"]],
    [
      "rg",
      { ...windows, path: "D:\\tools" },
      ["D:\\tools\\rg.com", "D:\\tools\\rg.exe", "D:\\tools\\rg.cmd"],
    ],
    [".\\rg.cmd", windows, ["C:\\work\\rg.cmd"]],
    ["sub/rg.exe", windows, ["C:\\work\\sub\\rg.exe"]],
    ["C:\\x\\rg.exe", windows, ["C:\\x\\rg.exe"]],
    [
      "node-v1.2",
      { ...windows, path: "D:\\" },
      ["D:\\node-v1.2.com", "D:\\node-v1.2.exe", "D:\\node-v1.2.cmd"],
    ],
  ];
  for (const [program, search, expected] of cases) assert.deepEqual(candidates(program, search), expected);
});

test("a program is a file that may be run", t => {
  const folder = temporaryFolder(t);
  for (const name of ["first", "second"]) mkdirSync(join(folder, name));
  const search = { ...unix, cwd: folder, path: `${join(folder, "first")}:${join(folder, "second")}` };
  writeFileSync(join(folder, "first", "tool"), "not for running");
  mkdirSync(join(folder, "first", "folder"));
  assert.equal(which("tool", search), undefined);
  assert.equal(which("folder", search), undefined);
  assert.equal(which("none", search), undefined);
  writeFileSync(join(folder, "second", "tool"), "");
  chmodSync(join(folder, "second", "tool"), 0o755);
  symlinkSync(join(folder, "second", "tool"), join(folder, "first", "link"));
  assert.equal(which("tool", search), join(folder, "second", "tool"));
  assert.equal(which("link", search), join(folder, "first", "link"));
  assert.equal(which("second/tool", search), join(folder, "second", "tool"));
  assert.equal(which("first/tool", search), undefined);
});

test("only installed shells are offered, the default one first", t => {
  const folder = temporaryFolder(t);
  for (const name of ["zsh", "sh", "fish", "powershell"]) {
    writeFileSync(join(folder, name), "");
    chmodSync(join(folder, name), 0o755);
  }
  const offered = launchers({ ...unix, path: folder });
  assert.deepEqual(offered, { default: "sh", shells: ["sh", "zsh", "powershell"] });
});

test("variables of a launch take the place of the host's, on Windows in any case", () => {
  const host = { Path: "C:\\Windows", HOME: "x" };
  assert.deepEqual(mergedEnvironment(host, { PATH: "D:\\" }, "win32"), { HOME: "x", PATH: "D:\\" });
  assert.deepEqual(mergedEnvironment(host, { PATH: "/bin" }, "linux"), { ...host, PATH: "/bin" });
  assert.deepEqual(mergedEnvironment(host, {}, "linux"), host);
});

test("a process tree is a session, a group, and all their descendants", () => {
  const row = (pid: number, parent: number, group: number, session?: number) => ({
    pid,
    parent,
    group,
    session,
  });
  const table = [
    row(1, 0, 1, 1),
    row(100, 1, 100, 100), // the host
    row(200, 100, 200, 200), // its child, the root
    row(201, 200, 200, 200), // a child in the group
    row(202, 200, 202, 200), // a child with a group of its own
    row(203, 1, 202, 200), // whose parent has ended
    row(204, 201, 204, 204), // a child with a session of its own
    row(205, 204, 204, 204),
    row(300, 100, 300, 300), // somebody else
  ];
  assert.deepEqual(treeOf(200, 100, table), [200, 203, 201, 202, 204, 205]);
  assert.deepEqual(
    treeOf(200, 100, table.toReversed()),
    [203, 200, 202, 201, 204, 205],
    "the numbers of processes start anew",
  );
  assert.deepEqual(
    treeOf(200, 100, table.slice(0, 2).concat(table.slice(3))),
    [201, 202, 203, 204, 205],
    "the root has ended",
  );
  assert.deepEqual(treeOf(300, 7, table), [], "the number of the root belongs to a stranger by now");
  assert.deepEqual(treeOf(999, 100, table), []);
});

test("the process table is read from /proc, whatever programs are called", () => {
  assert.deepEqual(parseStat("42 (a b) S 1 7 9 0 -1 4194304"), { pid: 42, parent: 1, group: 7, session: 9 });
  assert.deepEqual(parseStat("42 (x) S 2 (R 1 7) 9) R 3 8 10 0"), {
    pid: 42,
    parent: 3,
    group: 8,
    session: 10,
  });
  assert.equal(parseStat("42 (gone) Z 1 7 9 0"), undefined);
  assert.equal(parseStat(""), undefined);
});

test("the process table is read from ps", () => {
  const table = parsePs("    1     0     1 Ss\n  200   100   200 S+\n  201   200   200 Z\n\n");
  assert.deepEqual(table, [
    { pid: 1, parent: 0, group: 1, session: undefined },
    { pid: 200, parent: 100, group: 200, session: undefined },
  ]);
});

test("Windows ends trees with taskkill", () => {
  assert.deepEqual(taskkillArguments(42), ["/PID", "42", "/T", "/F"]);
});

test("a full queue of bytes loses the oldest and says so once", () => {
  const queue = new ByteQueue(5);
  queue.push(Buffer.from("ab"));
  queue.push(Buffer.from("cd"));
  assert.equal(queue.takeOverflow(), false);
  queue.push(Buffer.from("ef"));
  assert.equal(queue.peek(10).toString(), "bcdef");
  assert.equal(queue.takeOverflow(), true);
  assert.equal(queue.takeOverflow(), false);
  queue.push(Buffer.from("0123456789"));
  assert.equal(queue.peek(3).toString(), "567");
  queue.drop(4);
  assert.equal(queue.length, 1);
  assert.equal(queue.peek(9).toString(), "9");
  queue.drop(1);
  assert.equal(queue.peek(9).toString(), "");
});
