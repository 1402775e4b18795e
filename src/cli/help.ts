// luaskills help: pages of skills, what an entry takes, and the usage of commands.

import { Command } from "commander";
import type { EntryDescriptor, HelpDetail, HelpTree, SkillEngine } from "../index.js";
import { SkillError } from "../packages/errors.js";
import { OperationError } from "./failure.js";
import { notFound } from "./find-entry.js";
import { optionsOf } from "./global-options.js";
import { requestContext } from "./request-context.js";
import type { Terminal } from "./terminal.js";
import { type Session, withEngine } from "./with-engine.js";

export function helpCommand(terminal: Terminal): Command {
  return new Command("help")
    .description("show the help of a skill, an entry or a command")
    .argument("[skill]", "skill id, canonical name of an entry, or a command")
    .argument("[flow]", "a page of the skill: main, or a name that the overview lists")
    .addHelpText(
      "after",
      `
Examples:
  luaskills help text            all about a skill: main page, entries, further pages
  luaskills help text main       the page alone, as the skill wrote it
  luaskills help text-search     what an entry takes
  luaskills help call            the usage of a command`,
    )
    .action(
      async (name: string | undefined, flow: string | undefined, _options: object, command: Command) => {
        const program = command.parent as Command;
        const named = program.commands.find(candidate => candidate.name() === name);
        if (name === undefined || (named !== undefined && flow === undefined)) {
          (named ?? program).outputHelp();
          return;
        }
        const { json } = optionsOf(command);
        await withEngine(optionsOf(command), terminal, async (engine, session) => {
          const subject = await findSubject(engine, session, name, flow);
          if (json) terminal.out(`${JSON.stringify(subject.value, null, 2)}\n`);
          else terminal.out(await describe(subject, terminal));
        });
      },
    );
}

type Subject =
  | { kind: "page"; value: HelpDetail }
  | { kind: "skill"; value: HelpTree & { page?: HelpDetail; entries: EntryDescriptor[] } }
  | { kind: "entry"; value: EntryDescriptor };

async function findSubject(
  engine: SkillEngine,
  { report }: Session,
  name: string,
  flow: string | undefined,
): Promise<Subject> {
  const trees = engine.help.list();
  const tree = trees.find(({ skillId }) => skillId === name);
  if (tree !== undefined) {
    if (flow !== undefined) return { kind: "page", value: await page(engine, name, flow) };
    const main = await mainPage(engine, name);
    const entries = engine.entries().filter(({ skillId }) => skillId === name);
    return { kind: "skill", value: { ...tree, ...(main === undefined ? {} : { page: main }), entries } };
  }
  const entry = engine.entries().find(({ canonicalName }) => canonicalName === name);
  if (entry !== undefined && flow === undefined) return { kind: "entry", value: entry };
  if (entry !== undefined) {
    throw new OperationError(
      "SKILL_HELP",
      `${name} is an entry: pages belong to its skill`,
      `luaskills help ${entry.skillId} ${flow}`,
    );
  }
  const names = [
    ...trees.map(({ skillId }) => skillId),
    ...engine.entries().map(({ canonicalName }) => canonicalName),
  ];
  throw notFound(`there is no skill or entry named ${name}`, name, names, report);
}

async function page(engine: SkillEngine, skillId: string, flow: string): Promise<HelpDetail> {
  const detail = await engine.help.render(skillId, flow, requestContext({}).requestContext);
  if (detail === null) throw new OperationError("SKILL_NOT_FOUND", `skill ${skillId} is not loaded any more`);
  return detail;
}

/** Undefined where there is none, which is no failure of an overview. */
async function mainPage(engine: SkillEngine, skillId: string): Promise<HelpDetail | undefined> {
  try {
    return await page(engine, skillId, "main");
  } catch (error) {
    if (error instanceof SkillError && error.code === "SKILL_HELP") return undefined;
    throw error;
  }
}

async function describe(subject: Subject, terminal: Terminal): Promise<string> {
  switch (subject.kind) {
    case "entry": {
      const { entryCard } = await import("./help/entry-card.js");
      return entryCard(subject.value, terminal);
    }
    case "page": {
      const { emphasizeMarkdown } = await import("./help/markdown.js");
      const { content } = subject.value;
      return emphasizeMarkdown(content.endsWith("\n") ? content : `${content}\n`, terminal.style.out);
    }
    default: {
      const { skillOverview } = await import("./help/overview.js");
      const { page: main, entries } = subject.value;
      return skillOverview(subject.value, main, entries, terminal);
    }
  }
}
