import assert from "node:assert/strict";
import { test } from "node:test";
import { reachOf } from "#dist/lifecycle/downloads/address.js";
import { leadProblem } from "#dist/lifecycle/downloads/redirects.js";

const allowed: [from: string, to: string][] = [
  ["https://github.com/a", "https://objects.githubusercontent.com/b?sig=1"],
  ["http://mirror.example/a", "http://other.example/b"],
  ["http://mirror.example/a", "https://mirror.example/a"],
  ["http://127.0.0.1:1/a", "http://localhost:2/b"],
  ["https://127.0.0.1:1/a", "http://[::1]:2/b"],
  ["http://10.0.0.1/a", "http://192.168.1.1/b"],
  ["http://10.0.0.1/a", "https://github.com/a"],
];

for (const [from, to] of allowed) {
  test(`${from} may lead to ${to}`, () => assert.equal(leadProblem(new URL(from), new URL(to)), undefined));
}

const refused: [from: string, to: string, reason: RegExp][] = [
  ["https://github.com/a", "http://github.com/a", /not encrypted/],
  ["https://github.com/a", "http://127.0.0.1/a", /not encrypted/],
  ["https://github.com/a", "https://127.0.0.1/a", /inside this machine/],
  ["https://github.com/a", "https://localhost./a", /inside this machine/],
  ["https://github.com/a", "https://2130706433/a", /inside this machine/],
  ["https://github.com/a", "https://[::1]/a", /inside this machine/],
  ["http://mirror.example/a", "http://169.254.169.254/latest/meta-data", /inside this network/],
  ["http://mirror.example/a", "http://10.1.2.3/a", /inside this network/],
  ["http://mirror.example/a", "http://[fd00::1]/a", /inside this network/],
  ["http://10.0.0.1/a", "http://127.0.0.1/a", /inside this machine/],
  ["https://github.com/a", "data:text/plain,x", /not http or https/],
];

for (const [from, to, reason] of refused) {
  test(`${from} must not lead to ${to}`, () => {
    assert.match(leadProblem(new URL(from), new URL(to)) ?? "", reason);
  });
}

test("an IPv4 address in the clothes of IPv6 is the same machine", () => {
  assert.equal(reachOf(new URL("http://[::ffff:127.0.0.1]/")), "loopback");
  assert.equal(reachOf(new URL("http://[::ffff:10.0.0.1]/")), "private");
});
