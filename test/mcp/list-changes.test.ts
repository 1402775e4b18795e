// Clients hear of it when skills come and go while they are connected.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Resource, Tool } from "@modelcontextprotocol/client";
import { temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { connect, describeWay, textOf, ways } from "./served.js";

for (const way of ways) {
  test(`a client hears that tools and resources have changed (${describeWay(way)})`, async t => {
    const root = temporaryFolder(t);
    writeSkill(root, "first", "return function() return 'one' end");
    let tell = () => {};
    let tools: string[] = [];
    let resources: string[] = [];
    const until = async (met: () => boolean) => {
      while (!met()) {
        await new Promise<void>(resolve => {
          tell = resolve;
        });
      }
    };
    const client = await connect(t, way, root, [], {
      listChanged: {
        tools: {
          onChanged: (_error: Error | null, list: Tool[] | null) => {
            tools = (list ?? []).map(({ name }) => name);
            tell();
          },
        },
        resources: {
          onChanged: (_error: Error | null, list: Resource[] | null) => {
            resources = (list ?? []).map(({ uri }) => uri);
            tell();
          },
        },
      },
    });
    assert.deepEqual(
      (await client.listTools()).tools.map(({ name }) => name),
      ["first-run"],
    );

    writeSkill(root, "second", "return function() return 'two' end");
    await until(() => tools.includes("second-run") && resources.includes("luaskills://help/second/main"));
    assert.deepEqual(tools, ["first-run", "second-run"]);
    assert.equal(textOf(await client.callTool({ name: "second-run" })), "two");

    rmSync(join(root, "first"), { recursive: true });
    await until(() => !tools.includes("first-run"));
    await assert.rejects(client.callTool({ name: "first-run" }), /there is no tool "first-run"/);
  });
}
