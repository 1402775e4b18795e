import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { Downloads } from "#dist/lifecycle/downloads/downloads.js";
import { loopbackServer, ok } from "../loopback-server.js";

test("the proxy of the environment is used, except for what NO_PROXY names", async t => {
  const server = await loopbackServer(t);
  server.on("/a", ok("through"));
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(200).end("through");
  });
  proxy.on("connect", (request, socket) => {
    seen.push(request.url ?? "");
    const [host = "", port] = (request.url ?? "").split(":");
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const ask = async (env: Record<string, string>) => {
    const before = Object.fromEntries(Object.keys(env).map(name => [name, process.env[name]]));
    Object.assign(process.env, env);
    const downloads = new Downloads(true);
    try {
      return (await downloads.text({ url: new URL("/a", server.base) }, undefined))?.text;
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await downloads[Symbol.asyncDispose]();
    }
  };
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  assert.equal(
    await ask({ HTTP_PROXY: address, http_proxy: address, NO_PROXY: "", no_proxy: "" }),
    "through",
  );
  assert.equal(seen.length, 1);
  assert.match(seen[0] ?? "", /127\.0\.0\.1/);
  assert.equal(
    await ask({ HTTP_PROXY: address, http_proxy: address, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" }),
    "through",
  );
  assert.equal(seen.length, 1);
});
