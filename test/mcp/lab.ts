// A skill with an entry for everything that an MCP server has to do with a call, and a socket that tells when one of its
// calls has ended.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { type Scope, temporaryFolder, writeSkill } from "../skills/skill-tree.js";

const manifest = `name: Laboratory
version: 1.2.3
help:
  main: { description: How to use it., file: help/main.md }
  topics:
    - { name: pages, description: About long results., file: help/pages.lua }
entries:
  - name: echo
    description: Gives back its arguments.
    lua_entry: runtime/echo.lua
    lua_module: echo
    annotations: { title: Echo, read_only: true, idempotent: true, open_world: false }
    input_schema:
      type: object
      properties:
        text: { type: string }
        count: { type: integer, minimum: 1 }
        items: { type: array, items: { type: object, required: [id], properties: { id: { type: integer } } } }
      required: [text]
      additionalProperties: false
  - { name: fail, description: Fails., lua_entry: runtime/fail.lua, lua_module: fail }
  - { name: table, description: Returns no text., lua_entry: runtime/table.lua, lua_module: table }
  - { name: context, description: Tells who calls., lua_entry: runtime/context.lua, lua_module: context }
  - name: steps
    description: Reports its progress, and holds a connection at every step.
    lua_entry: runtime/steps.lua
    lua_module: steps
    parameters:
      - { name: port, type: integer, description: The port., required: true }
  - { name: pattern, description: Never comes out of a C function., lua_entry: runtime/pattern.lua, lua_module: pattern }
  - { name: spin, description: Never ends., lua_entry: runtime/spin.lua, lua_module: spin }
  - { name: noise, description: Writes wherever it can., lua_entry: runtime/noise.lua, lua_module: noise }
  - { name: change, description: Returns structured data., lua_entry: runtime/change.lua, lua_module: change }
  - name: hold
    description: Runs a program that holds a connection to this port of the own machine.
    lua_entry: runtime/hold.lua
    lua_module: hold
    parameters:
      - { name: port, type: integer, description: The port., required: true }
  - name: lines
    description: A text of so many lines.
    lua_entry: runtime/lines.lua
    lua_module: lines
    help: pages
    parameters:
      - { name: count, type: integer, description: How many., required: true }
      - { name: mode, type: string, description: page or truncate. }
      - { name: hint, type: string, description: A template. }
  - name: whoami
    description: What the server adds.
    lua_entry: runtime/whoami.lua
    lua_module: whoami
    parameters:
      - { name: LUASKILL_SID, type: string, description: Injected., required: true }
      - { name: PWD, type: string, description: Injected., required: true }
      - { name: note, type: string, description: Free text., required: true }
`;

/** Lua: connects to a port of the own machine, and waits until the other side ends that. */
const hold = `local function hold(port)
    return vulcan.process.exec({ program = "node", args = { "-e", [[
      const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");
      socket.resume();
      socket.on("close", () => process.exit(0));
      socket.on("error", () => process.exit(1));
    ]], tostring(port) } })
  end`;

const runtime: Record<string, string> = {
  echo: "return function(args) return vulcan.json.encode(args) end",
  fail: "return function() error('out of luck') end",
  table: "return function() return { a = 1 } end",
  context: `return function()
    local c = vulcan.context
    return vulcan.json.encode({ request = c.request, budget = c.client_budget, tool_config = c.tool_config,
      host_result = c.host_result })
  end`,
  steps: `${hold}
  return function(args)
    for i = 1, 3 do
      vulcan.runtime.progress(i, 3, "step " .. i)
      hold(args.port)
      vulcan.runtime.progress(i - 1, 3, "not further")
    end
    return "done"
  end`,
  pattern: `return function() return tostring(("a"):rep(3000):find(".-.-.-.-.-.-b$")) end`,
  spin: `return function()
    vulcan.runtime.progress(1, nil, "started")
    while true do end
  end`,
  noise: `local ffi = require("ffi")
  ffi.cdef "int puts(const char *text); int fflush(void *stream);"
  return function()
    print("by print")
    io.write("by io.write\\n")
    io.stdout:write("by io.stdout\\n")
    ffi.C.puts("by a native library")
    ffi.C.fflush(nil)
    os.execute("echo by a child")
    return "quiet"
  end`,
  change: `return function()
    return "changed", nil, nil, { kind = "measurement", payload = { value = 42, unit = "mm" } }
  end`,
  hold: `${hold}
  return function(args)
    vulcan.runtime.progress(1, nil, "holding")
    return "let go: " .. tostring(hold(args.port).success)
  end`,
  lines: `return function(args)
    local lines = {}
    for i = 1, args.count do lines[i] = ("line %d of %d, äöü"):format(i, args.count) end
    return table.concat(lines, "\\n"), args.mode, args.hint
  end`,
  whoami: "return function(args) return vulcan.json.encode(args) end",
};

const files = {
  "skill.yaml": manifest,
  "help/main.md": "# Laboratory\n",
  "help/pages.lua":
    "return function() return '# Pages for ' .. tostring(vulcan.context.request.client_name) end",
  "overflow_templates/own.md":
    "{{page_count}} pages, {{content_lines}} lines, {{content_bytes}} bytes at {{spill_file}}\n{{chunks}}\n{{unknown}}\n",
  ...Object.fromEntries(Object.entries(runtime).map(([name, code]) => [`runtime/${name}.lua`, code])),
};

/** A root with the skill `lab` in it. */
export function labRoot(t: Scope): string {
  const root = temporaryFolder(t);
  writeSkill(root, "lab", files);
  return root;
}

/** What `lab-lines` returns. */
export function labLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1} of ${count}, äöü`).join("\n");
}

/** Connections that calls of `lab-hold` have to this port. */
export interface Holds {
  readonly port: number;
  /** Resolves with the next one. */
  next(): Promise<Socket>;
}

export async function listenForHolds(t: Scope): Promise<Holds> {
  const all: Socket[] = [];
  const arrived: Socket[] = [];
  const server = createServer(socket => {
    socket.on("error", () => {});
    socket.resume();
    all.push(socket);
    arrived.push(socket);
    server.emit("arrived");
  });
  t.after(() => {
    for (const socket of all) socket.destroy();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async next() {
      for (;;) {
        const socket = arrived.shift();
        if (socket !== undefined) return socket;
        await once(server, "arrived");
      }
    },
  };
}

/** Resolves when the program at the other end is gone. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}
