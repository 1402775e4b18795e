// What clients may read: the help pages of skills, and the whole texts of results that they get page by page.

import {
  type ListResourcesResult,
  type ListResourceTemplatesResult,
  type ReadResourceResult,
  type Resource,
  ResourceNotFoundError,
} from "@modelcontextprotocol/server";
import type { RequestContext } from "../host/scope.js";
import { SkillError } from "../packages/errors.js";
import type { SkillEngine } from "../skills/engine.js";
import type { HelpNode, HelpTree } from "../skills/help.js";
import { resultOfUri, resultUriTemplate, type StoredResults } from "./stored-results.js";

const helpPrefix = "luaskills://help/";
const markdown = "text/markdown";

export class Resources {
  readonly #engine: SkillEngine;
  readonly #stored: StoredResults;

  constructor(engine: SkillEngine, stored: StoredResults) {
    this.#engine = engine;
    this.#stored = stored;
  }

  list(): ListResourcesResult {
    const pages = this.#engine.help
      .list()
      .flatMap(tree => [tree.main, ...tree.flows].map(page => describe(tree, page)));
    return { resources: pages };
  }

  templates(): ListResourceTemplatesResult {
    return {
      resourceTemplates: [
        {
          name: "Help page",
          uriTemplate: `${helpPrefix}{skill}/{page}`,
          description: "A help page of a skill; the page `main` says which others there are.",
          mimeType: markdown,
        },
        {
          name: "Whole result",
          uriTemplate: resultUriTemplate,
          description: "The whole text of a tool result that came in pages; the result names its URI.",
          mimeType: "text/plain",
        },
      ],
    };
  }

  /** @throws ResourceNotFoundError | LuaError */
  async read(uri: string, request: RequestContext): Promise<ReadResourceResult> {
    const id = resultOfUri(uri);
    if (id !== undefined) {
      const text = this.#stored.read(id);
      if (text !== undefined) return { contents: [{ uri, mimeType: "text/plain", text }] };
      throw new ResourceNotFoundError(uri, `the result ${uri} is no longer kept: call the tool again`);
    }
    const text = await this.#help(uri, request);
    return { contents: [{ uri, mimeType: markdown, text }] };
  }

  async #help(uri: string, request: RequestContext): Promise<string> {
    const [, skillId, page] = uri.startsWith(helpPrefix)
      ? (/^([^/]+)\/([^/]+)$/.exec(uri.slice(helpPrefix.length)) ?? [])
      : [];
    const flow = page === undefined ? undefined : decode(page);
    if (skillId === undefined || flow === undefined || flow.trim() === "") {
      throw new ResourceNotFoundError(uri, `there is no resource ${uri}: resources/list says what there is`);
    }
    try {
      const detail = await this.#engine.help.render(skillId, flow, request);
      if (detail !== null) return detail.content;
    } catch (error) {
      if (!(error instanceof SkillError && error.code === "SKILL_HELP")) throw error;
      const overview = flow.trim() === "main" ? this.#overview(skillId) : undefined;
      if (overview !== undefined) return overview;
      throw new ResourceNotFoundError(uri, error.message);
    }
    throw new ResourceNotFoundError(uri, `no skill ${skillId} is loaded: resources/list says what there is`);
  }

  /** Stands in for the main page of a skill that has none. */
  #overview(skillId: string): string | undefined {
    const tree = this.#engine.help.list().find(other => other.skillId === skillId);
    if (tree === undefined) return undefined;
    const entries = this.#engine.entries().filter(entry => entry.skillId === skillId);
    const tools = entries.map(
      ({ canonicalName, description }) => `- \`${canonicalName}\`: ${description.trim()}`,
    );
    const pages = tree.flows.map(page => `- ${helpUri(skillId, page)}: ${page.description}`);
    return [
      `# ${tree.skillName} ${tree.skillVersion}`,
      ...(tools.length > 0 ? [`Tools:\n\n${tools.join("\n")}`] : []),
      ...(pages.length > 0 ? [`Pages:\n\n${pages.join("\n")}`] : []),
    ].join("\n\n");
  }
}

function describe({ skillId, skillName }: HelpTree, page: HelpNode): Resource {
  const { flowName, description, relatedEntries, isMain } = page;
  const about = relatedEntries.length > 0 ? `About ${relatedEntries.join(", ")}.` : "";
  return {
    uri: helpUri(skillId, page),
    name: `${skillId}/${flowName}`,
    title: isMain ? `Help of ${skillName}` : `Help of ${skillName}: ${flowName}`,
    description: [description, about].filter(text => text !== "").join(" "),
    mimeType: markdown,
  };
}

function helpUri(skillId: string, { flowName }: HelpNode): string {
  return `${helpPrefix}${skillId}/${encodeURIComponent(flowName)}`;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
