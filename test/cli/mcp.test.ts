// What `luaskills mcp` refuses to start with.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isLoopback, localNames, parseAddress } from "#dist/cli/mcp-listener.js";
import { repository, temporaryFolder, writeSkill } from "../skills/skill-tree.js";

test("an address is a port, or a host and a port", () => {
  assert.deepEqual(parseAddress("3000"), { host: "127.0.0.1", port: 3000 });
  assert.deepEqual(parseAddress("0.0.0.0:80"), { host: "0.0.0.0", port: 80 });
  assert.deepEqual(parseAddress("[::1]:0"), { host: "::1", port: 0 });
  assert.deepEqual(parseAddress("skills.example:3000"), { host: "skills.example", port: 3000 });
  for (const text of [
    "",
    "x",
    "localhost",
    "65536",
    ":80",
    "::1:80",
    "[x]:80",
    "http://localhost:80",
    "1.5",
  ]) {
    assert.throws(() => parseAddress(text), /Expected PORT or HOST:PORT/, text);
  }
});

test("only addresses of the own machine are loopback", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
    assert.equal(isLoopback(host), true, host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "example"]) {
    assert.equal(isLoopback(host), false, host);
  }
});

test("requests may be meant for the own machine and the address that is listened on", () => {
  const own = ["localhost", "127.0.0.1", "[::1]"];
  assert.deepEqual(localNames({ host: "127.0.0.1", port: 1 }), own);
  assert.deepEqual(localNames({ host: "0.0.0.0", port: 1 }), own);
  assert.deepEqual(localNames({ host: "10.0.0.1", port: 1 }), [...own, "10.0.0.1"]);
  assert.deepEqual(localNames({ host: "fd00::1", port: 1 }), [...own, "[fd00::1]"]);
});

test("what cannot be served is refused, with the reason and a hint", async t => {
  const root = temporaryFolder(t);
  writeSkill(root, "demo", "return function() return '' end");
  const [empty, missing] = [join(root, "empty"), join(root, "missing")];
  writeFileSync(empty, "\n");
  const occupant = createServer();
  t.after(() => occupant.close());
  occupant.listen(0, "127.0.0.1");
  await once(occupant, "listening");
  const { port } = occupant.address() as AddressInfo;
  const refused: [args: string[], code: number, error: RegExp][] = [
    [
      ["--http", "0.0.0.0:0"],
      2,
      /everybody who reaches this address could call the skills.*hint: set a token/s,
    ],
    [["--http", "nowhere"], 2, /Expected PORT or HOST:PORT/],
    [["--http", "0", "--token-file", missing], 1, /cannot read --token-file: ENOENT/],
    [["--http", "0", "--token-file", empty], 1, /--token-file .*empty is empty/],
    [["--http", `${port}`], 1, /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*hint: choose another port/s],
    [["--page-bytes", "0"], 2, /Expected a positive whole number/],
    [["--grace", "soon"], 2, /Expected a number of seconds/],
  ];
  for (const [args, code, error] of refused) {
    const { LUASKILLS_MCP_TOKEN: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(repository, "dist/cli/main.js"), "mcp", "--root", `ROOT=${root}`, ...args],
      { encoding: "utf8", env, input: "" },
    );
    assert.match(stderr, error, args.join(" "));
    assert.equal(status, code, args.join(" "));
    assert.equal(stdout, "");
  }
});
