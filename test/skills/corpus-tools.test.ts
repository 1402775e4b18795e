// Tools as people publish them: a task list, a menu, an editor, a search, a report. Each story runs through call() and
// callSync().

import { join } from "node:path";
import { after } from "node:test";
import type { CallOptions, InvocationResult } from "luaskills";
import type { Json } from "luaskills/vm";
import { installSearchProgram, loadCorpus } from "./corpus-runtime.js";
import { storyteller, writeFile } from "./corpus-story.js";

const { engine, runtimeRoot } = await loadCorpus({ after });
const tell = storyteller(engine);

tell("a task list keeps its tasks through helpers that it loads with dofile and loadfile", folder => [
  ["task-list-list", { folder }, "Nothing to do."],
  ["task-list-add", { folder, title: "Write it", tags: ["work"] }, "Added 1: Write it (work)"],
  ["task-list-add", { folder, title: "Sleep" }, "Added 2: Sleep"],
  ["task-list-add", { folder, title: " " }, "error: title must say what is to be done"],
  ["task-list-done", { folder, id: 1 }, "Done 1: Write it"],
  ["task-list-done", { folder, id: 1 }, "Already done 1: Write it"],
  ["task-list-done", { folder, id: 7 }, "error: there is no task 7"],
  ["task-list-list", { folder }, /^\| # .*\n.*\n\| 2 \| Sleep \| {3}\|\n\| 1 \| Write it \(work\) \| x \|$/],
  ["task-list-list", { folder, tag: "none" }, "Nothing to do."],
]);

const budget = (lines: number) => ({
  context: {
    clientBudget: { tool_result: { bytes: 4_000, lines }, file_read: { bytes: 4_000, lines: 100 } },
  },
});

tell("a menu measures itself against the budget of its client", folder => {
  const path = writeFile(folder, "guide.md", "# Guide\r\n\r\n```\n# code\n```\n## First ##\n### Détail\n");
  const body = (text: string) => `# Menu not available\n\n\`\`\`json\n${text}\n\`\`\``;
  const menu = "## guide.md\n1. Guide\n  6. First\n    7. Détail";
  return [
    ["markdown-menu-menu", { paths: [path] }, menu, budget(100)],
    ["markdown-menu-menu", { paths: [path], depth: 1 }, "## guide.md\n1. Guide", budget(100)],
    [
      "markdown-menu-menu",
      { paths: [path] },
      { content: menu, overflowMode: "page", templateHint: "menu-pages", contentLines: 4 },
      budget(3),
    ],
    [
      "markdown-menu-menu",
      { paths: [path] },
      body(
        '{"details":{"scopes":["tool_result","file_read"],"tool":"markdown-menu-menu"},"error":"missing_budget_scope","hints":[],"load_errors":[]}',
      ),
    ],
    ["markdown-menu-menu", { paths: [join(folder, "none.md")] }, /"reason":"fs\.read: ENOENT/, budget(100)],
    ["markdown-menu-menu", { paths: [] }, /"error":"invalid_paths"/, budget(100)],
  ];
});

const structured: CallOptions = {
  context: { requestContext: { clientCapabilities: { host_result: { enabled: true } } } },
};
const changeSet = (summary: string, change: Json, mode = "applied"): Partial<InvocationResult> => ({
  content: summary,
  hostResult: { kind: "change_set", payload: { mode, summary, files: [change] } },
});

tell("a file tool shows clients that take them its changes as a change set", folder => {
  const path = join(folder, "a.txt");
  const to = join(folder, "b.txt");
  const lines = (line: number, content: string) => [{ line, content }];
  const hunk = (before: string, after: string, line: number) => ({
    before,
    after,
    delete: lines(line, before),
    insert: after === "" ? [] : lines(line, after),
    match_mode: "line",
  });
  const modified = (...hunks: Json[]) => ({ change: "modify", path, hunks });
  const created = { change: "create", path, content: "one\ntwo\n" };
  const deleted = {
    change: "delete",
    path: to,
    content: "one\nzwei\n",
    content_mode: "full",
    total_line_count: 2,
  };
  const replace = { path, line: 2, text: "zwei" };
  return [
    ["file-edit-create", { path, content: "one\ntwo\n" }, changeSet(`Created ${path}`, created), structured],
    ["file-edit-replace", replace, changeSet("Line 2: zwei", modified(hunk("two", "zwei", 2))), structured],
    [
      "file-edit-replace",
      { path, line: 1, text: "", preview: true },
      changeSet("Line 1: ", modified(hunk("one", "", 1)), "preview"),
      structured,
    ],
    [
      "file-edit-rename",
      { path, to },
      changeSet(`Renamed to ${to}`, { change: "rename", old_path: path, new_path: to }),
      structured,
    ],
    ["file-edit-facts", { path: to }, '9 bytes, 2 lines, begins "one"'],
    ["file-edit-delete", { path: to }, changeSet(`Deleted ${to}`, deleted), structured],
  ];
});

tell("the same tool answers with plain text otherwise, and with one line where it fails", folder => {
  const path = writeFile(folder, "latin.txt", Buffer.from("caf\xe9\n", "latin1"));
  const gone = join(folder, "gone", "x");
  return [
    ["file-edit-create", { path: join(folder, "new"), content: "" }, `Created ${join(folder, "new")}`],
    [
      "file-edit-create",
      { path, content: "x" },
      JSON.stringify({ error: "file_exists", ok: false, reason: path }),
    ],
    ["file-edit-create", { path: gone, content: "" }, /^\{"error":"write_failed".*"fs\.write: ENOENT[^\n]*$/],
    ["file-edit-replace", { path: gone, line: 1, text: "" }, /^\{"error":"not_readable".*No such file/],
    ["file-edit-replace", { path, line: 9, text: "" }, /"reason":"9 of 1"/],
    ["file-edit-rename", { path: gone, to: path }, /^\{"error":"rename_failed".*"fs\.rename: ENOENT/],
    ["file-edit-delete", { path }, /^\{"error":"not_readable".*UTF-8/],
    ["file-edit-facts", { path }, '5 bytes, 1 lines, begins "caf?"'],
  ];
});

tell("a search without its program says where it looked for it", folder => [
  [
    "code-search-search",
    { pattern: "x", folder },
    `The search program is not installed: it is looked for in ${join(runtimeRoot, "dependencies", "tools", "code-search")}`,
  ],
]);

if (process.platform !== "win32") {
  tell("a search runs the program below deps.tools_path and reads its events", folder => {
    installSearchProgram(runtimeRoot);
    const a = writeFile(folder, "a.txt", "one\nneedle two\nthree needle\n");
    const b = writeFile(folder, "b.md", `needle ${"long ".repeat(20)}\n`);
    const found = `${a}:2:1: needle two\n${a}:3:7: three needle\n${b}:1:: needle ${"long ".repeat(20).trim()}`;
    return [
      ["code-search-search", { pattern: "needle", folder }, found],
      ["code-search-search", { pattern: "hay", folder }, "Nothing found."],
      [
        "code-search-search",
        { pattern: "(", folder },
        /^The search failed: process exited with code 2\nregex/,
      ],
    ];
  });

  tell("pipes and commands end as Lua 5.2 tells it", folder => [
    ["shell-pipes-lines", { command: "printf 'a\\nb'; exit 3" }, "1 a\n2 b\nnil exit 3"],
    ["shell-pipes-lines", { command: "true" }, "true exit 0"],
    ["shell-pipes-filter", { text: "pear\napple\n", folder }, "apple\npear\n"],
    ["shell-pipes-status", { command: "true" }, "true exit 0"],
    ["shell-pipes-status", { command: "exit 4" }, "nil exit 4"],
    ["shell-pipes-status", { command: "kill -9 $$" }, "nil signal 9"],
  ]);
}

tell("a report of twelve sections comes whole, with the wish to be paged by its template", () => [
  [
    "long-report-sections",
    {},
    { overflowMode: "page", templateHint: "report", contentLines: 50, contentBytes: 10_836 },
  ],
  ["long-report-sections", {}, /^# Report\n\n## Section 1 of 12\n[\s\S]*## Section 12 of 12\n/],
  ["long-report-digest", {}, { overflowMode: "truncate", contentLines: 14 }],
]);

tell("settings of a skill need no database", () => [
  ["settings-show", {}, "{}"],
  ["settings-set", { key: "colour", value: "blue" }, "colour = blue"],
  ["settings-set", { key: "empty", value: "" }, "empty = "],
  ["settings-show", {}, '{"colour":"blue","empty":""}'],
  ["settings-show", { key: "none" }, "not set"],
  ["settings-forget", { key: "colour" }, "forgotten"],
  ["settings-forget", { key: "colour" }, "was not set"],
  ["settings-forget", { key: "empty" }, "forgotten"],
  ["settings-set", { key: "k", value: 3 }, { code: "LUA_RUNTIME", message: /value must be a string/ }],
]);
