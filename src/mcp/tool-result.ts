// What an entry returned, as the result of a tool: the text, cut or divided into pages where the skill allows it, and the
// structured data beside it.

import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/server";
import { SkillError } from "../packages/errors.js";
import type { InvocationResult } from "../skills/result.js";
import type { McpSettings } from "./options.js";
import { fillTemplate, overflowTemplate } from "./overflow-template.js";
import { lineCount, partEnd, partStarts } from "./split-text.js";
import { cursorOf, type PagePosition, positionOf, resultUri, type StoredResults } from "./stored-results.js";
import type { SkillTool } from "./tool-table.js";

/** Where programs find in `_meta` what was cut or paged, and how to go on. */
export const overflowMetaKey = "luaskills/overflow";

/** Pages that a template lists, at most. */
const listedPages = 100;

export class ToolResults {
  readonly #settings: McpSettings;
  readonly #stored: StoredResults;

  constructor(settings: McpSettings, stored: StoredResults) {
    this.#settings = settings;
    this.#stored = stored;
  }

  /** The result of a call, or its first page. */
  present(tool: SkillTool, result: InvocationResult): CallToolResult {
    const { hostResult } = result;
    const structured =
      hostResult === undefined
        ? {}
        : { structuredContent: { kind: hostResult.kind, payload: hostResult.payload } };
    return { ...this.#text(tool, result), ...structured };
  }

  /**
   * A further page of a result.
   *
   * @param cursor came with the page before
   * @throws SkillError `MCP_CURSOR`
   */
  page(cursor: string): CallToolResult {
    const position = positionOf(cursor);
    const text = position === undefined ? undefined : this.#stored.read(position.id);
    if (position === undefined || text === undefined) {
      throw new SkillError(
        "MCP_CURSOR",
        "the cursor is not one of this server, or its result is no longer kept",
      );
    }
    const bytes = Buffer.from(text);
    if (position.start >= bytes.length)
      throw new SkillError("MCP_CURSOR", "the cursor points behind the result");
    return this.#page(bytes, position, []);
  }

  #text(tool: SkillTool, result: InvocationResult): CallToolResult {
    const { overflowMode, content, contentBytes, contentLines } = result;
    const { limit, page } = this.#settings;
    const allowed = overflowMode === "page" ? page : limit;
    const whole: CallToolResult = { content: [{ type: "text", text: content }] };
    if (overflowMode === undefined || (contentBytes <= allowed.bytes && contentLines <= allowed.lines)) {
      return whole;
    }
    const text = content.replace(/\r\n?/g, "\n");
    const bytes = Buffer.from(text);
    if (partEnd(bytes, 0, allowed) === bytes.length) return whole;
    return overflowMode === "page" ? this.#firstPage(tool, result, text, bytes) : this.#cut(result, bytes);
  }

  #cut({ contentBytes, contentLines }: InvocationResult, text: Buffer): CallToolResult {
    const shown = text.subarray(0, partEnd(text, 0, this.#settings.limit));
    const shownLines = lineCount(shown);
    const facts = {
      contentBytes,
      contentLines,
      shownBytes: shown.length,
      shownLines,
      missingBytes: contentBytes - shown.length,
      missingLines: contentLines - shownLines,
    };
    const note =
      `[Cut: this is the beginning, ${shownLines} of ${contentLines} lines (${shown.length} of ${contentBytes} bytes). ` +
      `${facts.missingBytes} bytes are missing. Ask for less at a time to see them.]`;
    return {
      content: [textBlock(shown.toString()), textBlock(note)],
      _meta: { [overflowMetaKey]: { mode: "truncate", ...facts } },
    };
  }

  #firstPage(tool: SkillTool, result: InvocationResult, text: string, bytes: Buffer): CallToolResult {
    let id: string;
    try {
      id = this.#stored.keep(text);
    } catch (error) {
      // Larger than all that is kept together: its beginning is better than nothing.
      if (error instanceof RangeError) return this.#cut(result, bytes);
      throw error;
    }
    const starts = partStarts(bytes, this.#settings.page);
    const position = { id, page: 1, pageCount: starts.length, start: 0 };
    return this.#page(bytes, position, this.#introduction(tool, result, id, bytes, starts));
  }

  /** The filled template, where there is one. */
  #introduction(
    { entry }: SkillTool,
    { templateHint, contentBytes, contentLines }: InvocationResult,
    id: string,
    text: Buffer,
    starts: readonly number[],
  ): ContentBlock[] {
    const template = overflowTemplate(entry.skillDir, templateHint, this.#settings.overflowTemplate);
    if (template === undefined) return [];
    const filled = fillTemplate(template, {
      content_bytes: contentBytes,
      content_lines: contentLines,
      page_count: starts.length,
      spill_file: resultUri(id),
      chunks: listPages(text, starts),
    });
    return [textBlock(filled.trimEnd())];
  }

  #page(text: Buffer, position: PagePosition, introduction: ContentBlock[]): CallToolResult {
    const { id, page, pageCount, start } = position;
    const end = partEnd(text, start, this.#settings.page);
    const uri = resultUri(id);
    const isLast = end >= text.length;
    const nextCursor = isLast ? undefined : cursorOf({ id, page: page + 1, pageCount, start: end });
    const next =
      nextCursor === undefined
        ? "This is the last page."
        : `To read on, call this tool again with {"cursor": "${nextCursor}"} as its only argument.`;
    const note = `[Page ${page} of ${pageCount}. ${next} The whole text is the resource ${uri}]`;
    const facts = { mode: "page", page, pageCount, contentBytes: text.length, uri };
    return {
      content: [
        textBlock(text.subarray(start, end).toString()),
        ...introduction,
        textBlock(note),
        { type: "resource_link", uri, name: "Whole result", mimeType: "text/plain", size: text.length },
      ],
      _meta: { [overflowMetaKey]: nextCursor === undefined ? facts : { ...facts, nextCursor } },
    };
  }
}

function textBlock(text: string): ContentBlock {
  return { type: "text", text };
}

function listPages(text: Buffer, starts: readonly number[]): string {
  let line = 1;
  const items = starts.slice(0, listedPages).map((start, index) => {
    const part = text.subarray(start, starts[index + 1]);
    const first = line;
    const lines = lineCount(part);
    // A page that ends inside a line leaves that line to the next one as well.
    line += part.at(-1) === 0x0a ? lines : lines - 1;
    return `- Page ${index + 1}: lines ${first} to ${first + lines - 1}, ${part.length} bytes`;
  });
  const more = starts.length - items.length;
  return [...items, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n");
}
