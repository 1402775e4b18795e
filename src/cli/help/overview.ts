import type { EntryDescriptor, HelpDetail, HelpTree } from "../../index.js";
import { formatTable } from "../table.js";
import type { Terminal } from "../terminal.js";
import { emphasizeMarkdown } from "./markdown.js";

/**
 * All that a skill says about itself: its main page, then what else there is.
 *
 * @param main undefined where the skill has no main page
 */
export function skillOverview(
  tree: HelpTree,
  main: HelpDetail | undefined,
  entries: readonly EntryDescriptor[],
  { columns, style }: Terminal,
): string {
  const { bold, dim } = style.out;
  const { skillId, skillName, skillVersion, rootName, skillDir } = tree;
  const table = (header: string[], rows: string[][]) =>
    rows.length === 0 ? [] : [formatTable(header, rows, columns, bold)];
  const about = firstLine(tree.main.description);
  const text =
    main === undefined ? `${bold(skillName)}\n${about}` : emphasizeMarkdown(main.content, style.out);
  return [
    `${text.trimEnd()}\n`,
    ...table(
      ["ENTRY", "DESCRIPTION"],
      entries.map(({ canonicalName, description }) => [canonicalName, firstLine(description)]),
    ),
    ...table(
      ["PAGE", "DESCRIPTION"],
      tree.flows.map(({ flowName, description }) => [flowName, firstLine(description)]),
    ),
    `${dim(`${skillId} ${skillVersion}, root ${rootName}, ${skillDir}`)}\n`,
  ].join("\n");
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
