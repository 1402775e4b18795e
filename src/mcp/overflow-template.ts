// The Markdown that goes with the first page of a long result: the template that the skill names, or that of the host.

import { PackageFiles } from "../packages/package-files.js";

/** What the placeholders of a template stand for. */
export interface OverflowFacts {
  content_bytes: number;
  content_lines: number;
  page_count: number;
  /** Where the whole text is: the URI of a resource. */
  spill_file: string;
  /** A Markdown list of the pages. */
  chunks: string;
}

const templateLimitBytes = 1 << 20;
const plainName = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * @param hint what the skill has named: a file in its `overflow_templates`, with or without `.md`
 * @param fallback of the host
 * @returns undefined when there is neither
 */
export function overflowTemplate(
  skillDir: string,
  hint: string | undefined,
  fallback: string | undefined,
): string | undefined {
  if (hint === undefined || !plainName.test(hint)) return fallback;
  const file = hint.endsWith(".md") ? hint : `${hint}.md`;
  return new PackageFiles(skillDir).read(`overflow_templates/${file}`, templateLimitBytes).text ?? fallback;
}

/** Placeholders that nobody knows stay as they are. */
export function fillTemplate(template: string, facts: OverflowFacts): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (placeholder, name: string) =>
    Object.hasOwn(facts, name) ? String(facts[name as keyof OverflowFacts]) : placeholder,
  );
}
