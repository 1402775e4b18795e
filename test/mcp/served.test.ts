// What a client gets, by the real command over both transports in both protocols.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { after, before, describe, test } from "node:test";
import type { Client, Progress } from "@modelcontextprotocol/client";
import { closed, labLines, labRoot, listenForHolds } from "./lab.js";
import { connect, describeWay, overflowOf, textOf, ways } from "./served.js";

const clientBudget = { tool_result: { bytes: 65_536, lines: 50 }, file_read: { bytes: 1, lines: 2 } };

for (const way of ways) {
  describe(`an MCP client (${describeWay(way)})`, () => {
    const cleanups: (() => unknown)[] = [];
    const scope = { after: (cleanUp: () => unknown) => void cleanups.push(cleanUp) };
    let client: Client;

    before(async () => {
      const root = labRoot(scope);
      const args = [
        "--page-bytes",
        "500",
        "--client-budget",
        JSON.stringify(clientBudget),
        "--identity",
        "tester",
        "--project-dir",
        root,
      ];
      client = await connect(scope, way, root, args);
    });
    after(async () => {
      for (const cleanUp of cleanups.reverse()) await cleanUp();
    });

    test("speaks the protocol that it wanted", () => {
      assert.equal(client.getNegotiatedProtocolVersion(), way.era);
    });

    test("lists the entries with their schemas and annotations", async () => {
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        [
          "change",
          "context",
          "echo",
          "fail",
          "hold",
          "lines",
          "noise",
          "pattern",
          "spin",
          "steps",
          "table",
          "whoami",
        ].map(name => `lab-${name}`),
      );
      const echo = tools.find(({ name }) => name === "lab-echo");
      assert.equal(echo?.title, "Echo");
      assert.equal(echo?.description, "Gives back its arguments.");
      assert.deepEqual(echo?.inputSchema.required, ["text"]);
      assert.deepEqual(echo?.annotations, {
        title: "Echo",
        readOnlyHint: true,
        idempotentHint: true,
        openWorldHint: false,
      });
    });

    test("calls an entry", async () => {
      const result = await client.callTool({ name: "lab-echo", arguments: { text: "hello", count: 2 } });
      assert.notEqual(result.isError, true);
      assert.deepEqual(JSON.parse(textOf(result)), { text: "hello", count: 2 });
    });

    test("is told which tools there are not", async () => {
      await assert.rejects(client.callTool({ name: "lab-none" }), /there is no tool "lab-none"/);
    });

    test("is told by their paths which arguments are wrong", async () => {
      const items = [{ id: 1 }, { id: "two" }, {}];
      const result = await client.callTool({ name: "lab-echo", arguments: { count: 0, items, extra: 1 } });
      assert.equal(result.isError, true);
      const text = textOf(result);
      assert.match(text, /^SKILL_ARGUMENTS: lab-echo: /);
      for (const problem of [
        "args.text is missing",
        "args.count must be >= 1",
        "args.items[1].id must be integer",
        "args.items[2].id is missing",
        "args.extra is not known",
      ]) {
        assert.ok(text.includes(problem), `${problem} in ${text}`);
      }
      assert.match(text, /\nCorrect the arguments/);
    });

    test("is told what went wrong in an entry", async () => {
      const failed = await client.callTool({ name: "lab-fail" });
      assert.equal(failed.isError, true);
      assert.match(textOf(failed), /^LUA_RUNTIME: lab-fail: lab\/runtime\/fail\.lua:1: out of luck\n/);
      const wrong = await client.callTool({ name: "lab-table" });
      assert.equal(wrong.isError, true);
      assert.match(textOf(wrong), /^SKILL_RESULT: /);
    });

    test("gets what an entry returns beside its text as structured content", async () => {
      const result = await client.callTool({ name: "lab-change" });
      assert.equal(textOf(result), "changed");
      assert.deepEqual(result.structuredContent, { kind: "measurement", payload: { value: 42, unit: "mm" } });
    });

    test("pages through a long result", async () => {
      const count = 60;
      let text = "";
      let result = await client.callTool({ name: "lab-lines", arguments: { count, mode: "page" } });
      const { pageCount, uri } = overflowOf(result);
      for (let page = 1; page <= pageCount; page++) {
        assert.equal(overflowOf(result).page, page);
        const part = textOf(result);
        assert.ok(Buffer.byteLength(part) <= 500);
        assert.ok(page === pageCount || part.endsWith("\n"));
        text += part;
        const { nextCursor } = overflowOf(result);
        assert.equal(nextCursor === undefined, page === pageCount);
        if (nextCursor === undefined) break;
        result = await client.callTool({ name: "lab-lines", arguments: { cursor: nextCursor } });
      }
      assert.equal(text, labLines(count));
      const link = result.content.find(({ type }) => type === "resource_link");
      assert.equal(link?.type === "resource_link" && link.uri, uri);
      const { contents } = await client.readResource({ uri });
      assert.deepEqual(contents, [{ uri, mimeType: "text/plain", text }]);
    });

    test("is told when a page is no longer there", async () => {
      const result = await client.callTool({ name: "lab-lines", arguments: { cursor: "page-bm90aGluZw" } });
      assert.equal(result.isError, true);
      assert.match(textOf(result), /^MCP_CURSOR: .*\nCall the tool again with its original arguments\.$/);
      await assert.rejects(client.readResource({ uri: "luaskills://results/none" }), /no longer kept/);
    });

    test("gets the beginning of a result that may be cut, and how much is missing", async () => {
      const result = await client.callTool({ name: "lab-lines", arguments: { count: 60, mode: "truncate" } });
      const whole = labLines(60);
      const shown = labLines(60).split("\n").slice(0, 50).join("\n");
      assert.equal(textOf(result), `${shown}\n`);
      assert.deepEqual(result._meta?.["luaskills/overflow"], {
        mode: "truncate",
        contentBytes: Buffer.byteLength(whole),
        contentLines: 60,
        shownBytes: Buffer.byteLength(shown) + 1,
        shownLines: 50,
        missingBytes: Buffer.byteLength(whole) - Buffer.byteLength(shown) - 1,
        missingLines: 10,
      });
      assert.match(JSON.stringify(result.content[1]), /50 of 60 lines/);
    });

    test("reads the help pages, which know who asks", async () => {
      const { resources } = await client.listResources();
      assert.deepEqual(
        resources.map(({ uri, mimeType }) => [uri, mimeType]),
        [
          ["luaskills://help/lab/main", "text/markdown"],
          ["luaskills://help/lab/pages", "text/markdown"],
        ],
      );
      const main = await client.readResource({ uri: "luaskills://help/lab/main" });
      assert.equal((main.contents[0] as { text: string }).text, "# Laboratory\n");
      const pages = await client.readResource({ uri: "luaskills://help/lab/pages" });
      assert.equal((pages.contents[0] as { text: string }).text, "# Pages for test-client");
      await assert.rejects(
        client.readResource({ uri: "luaskills://help/lab/none" }),
        /has no help page "none"/,
      );
      await assert.rejects(
        client.readResource({ uri: "luaskills://help/other/main" }),
        /no skill other is loaded/,
      );
      await assert.rejects(client.readResource({ uri: "file:///etc/passwd" }), /there is no resource/);
    });

    test("learns which kinds of resources there are", async () => {
      const { resourceTemplates } = await client.listResourceTemplates();
      assert.deepEqual(
        resourceTemplates.map(({ uriTemplate }) => uriTemplate),
        ["luaskills://help/{skill}/{page}", "luaskills://results/{id}"],
      );
    });

    test("is told that lists have one page", async () => {
      await assert.rejects(client.listTools({ cursor: "x" }), /this list has one page only/);
    });

    test("makes itself known to skills", async () => {
      const { request, budget, host_result } = JSON.parse(
        textOf(await client.callTool({ name: "lab-context" })),
      );
      assert.equal(request.client_name, "test-client");
      assert.deepEqual(request.client_info, { kind: "mcp", name: "test-client", version: "3.2.1" });
      assert.equal(request.transport_name, way.transport === "stdio" ? "stdio" : "streamable_http");
      assert.equal(typeof request.request_id, "string");
      const sessionless = way.transport === "http" && way.era === "2026-07-28";
      assert.equal(typeof request.session_id, sessionless ? "undefined" : "string");
      assert.equal(host_result.enabled, true);
      assert.deepEqual(budget, clientBudget);
    });

    test("neither sees nor sets what the server adds to the arguments", async () => {
      const { tools } = await client.listTools();
      const whoami = tools.find(({ name }) => name === "lab-whoami");
      assert.deepEqual(Object.keys(whoami?.inputSchema.properties ?? {}), ["note"]);
      assert.deepEqual(whoami?.inputSchema.required, ["note"]);
      const forged = { note: "n", LUASKILL_SID: "LUASKILLS-SID-other", PWD: "/etc" };
      const got = JSON.parse(textOf(await client.callTool({ name: "lab-whoami", arguments: forged })));
      assert.equal(got.LUASKILL_SID, "LUASKILLS-SID-tester");
      assert.notEqual(got.PWD, "/etc");
    });

    test("follows the progress of a call", async t => {
      const holds = await listenForHolds(t);
      const heard: Progress[] = [];
      const listener = new EventEmitter();
      const call = client.callTool(
        { name: "lab-steps", arguments: { port: holds.port } },
        {
          onprogress: said => {
            heard.push(said);
            listener.emit("heard");
          },
        },
      );
      for (const step of [1, 2, 3]) {
        while (heard.length < step) await once(listener, "heard");
        (await holds.next()).destroy();
      }
      assert.equal(textOf(await call), "done");
      assert.deepEqual(
        heard,
        [1, 2, 3].map(progress => ({ progress, total: 3, message: `step ${progress}` })),
      );
    });

    test("cancels a call that waits, and its program ends", async t => {
      const holds = await listenForHolds(t);
      const controller = new AbortController();
      const call = client.callTool(
        { name: "lab-hold", arguments: { port: holds.port } },
        { signal: controller.signal },
      );
      const failed = assert.rejects(call);
      const connection = await holds.next();
      controller.abort();
      await failed;
      await closed(connection);
    });

    test("cancels a call that computes, and the server serves on", async () => {
      const controller = new AbortController();
      const call = client.callTool(
        { name: "lab-spin" },
        { signal: controller.signal, onprogress: () => controller.abort() },
      );
      await assert.rejects(call);
      const result = await client.callTool({ name: "lab-echo", arguments: { text: "still there" } });
      assert.deepEqual(JSON.parse(textOf(result)), { text: "still there" });
    });

    test("is served while another call is stuck in a C function, and cancels that one", async () => {
      const controller = new AbortController();
      const stuck = client.callTool({ name: "lab-pattern" }, { signal: controller.signal });
      const failed = assert.rejects(stuck);
      const result = await client.callTool({ name: "lab-echo", arguments: { text: "meanwhile" } });
      assert.deepEqual(JSON.parse(textOf(result)), { text: "meanwhile" });
      controller.abort();
      await failed;
    });

    test("makes 200 calls at the same time", async () => {
      const texts = Array.from({ length: 200 }, (_, index) => `call ${index}`);
      const results = await Promise.all(
        texts.map(text => client.callTool({ name: "lab-echo", arguments: { text } })),
      );
      assert.deepEqual(
        results.map(result => JSON.parse(textOf(result)).text),
        texts,
      );
    });

    test("hears nothing but the protocol, whatever a skill writes", async () => {
      assert.equal(textOf(await client.callTool({ name: "lab-noise" })), "quiet");
      const result = await client.callTool({ name: "lab-echo", arguments: { text: "after it" } });
      assert.deepEqual(JSON.parse(textOf(result)), { text: "after it" });
    });
  });
}
