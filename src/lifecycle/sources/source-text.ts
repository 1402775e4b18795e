// The text by which people name a package: `npm:@scope/name@^1.2`, `owner/repo`, `./folder`, `demo.zip`, an address, an id.

import { homedir } from "node:os";
import { join } from "node:path";
import { SkillError } from "../../packages/errors.js";
import { isIdentifier } from "../../packages/identifier.js";
import { type SourceType, sourceTypes } from "./source.js";

export interface NamedPackage {
  readonly type: SourceType;
  readonly locator: string;
  /** Undefined where the text names none. */
  readonly version: string | undefined;
}

/** Sources whose locators may end in `@version`; paths and addresses may hold such a sign themselves. */
const versioned: ReadonlySet<SourceType> = new Set(["github", "hub", "npm"]);

/**
 * Understands the text of a source.
 *
 * @param type what the request says the text is; undefined: the text has to show it
 * @throws SkillError `SKILL_REQUEST`
 */
export function parseSourceText(text: string, type?: SourceType): NamedPackage {
  const trimmed = text.trim();
  const prefix = sourceTypes.find(candidate => trimmed.startsWith(`${candidate}:`));
  if (prefix !== undefined && (type ?? prefix) === prefix) {
    return named(prefix, trimmed.slice(prefix.length + 1).trim());
  }
  return named(type ?? guess(trimmed), trimmed);
}

function named(type: SourceType, text: string): NamedPackage {
  const at = versioned.has(type) ? text.lastIndexOf("@") : -1;
  // The sign in front is the scope of an npm package.
  if (at <= 0) return { type, locator: inHome(type, text), version: undefined };
  const version = text.slice(at + 1).trim();
  if (version === "")
    throw new SkillError("SKILL_REQUEST", `source ${JSON.stringify(text)} ends in "@": name a version`);
  return { type, locator: text.slice(0, at), version };
}

function guess(text: string): SourceType {
  if (/^https?:\/\/github\.com\//.test(text)) return "github";
  if (/^https?:\/\//.test(text)) return "url";
  if (/^(\.{1,2}$|\.{0,2}[\\/]|~[\\/]|[a-zA-Z]:[\\/])/.test(text)) return isZip(text) ? "zip" : "folder";
  if (isZip(text)) return "zip";
  if (isIdentifier(text.replace(/@.*$/, ""))) return "hub";
  return "github";
}

function isZip(text: string): boolean {
  return text.toLowerCase().endsWith(".zip");
}

/** A shell leaves `~` alone behind a prefix. */
function inHome(type: SourceType, text: string): string {
  return (type === "folder" || type === "zip") && /^~[\\/]/.test(text)
    ? join(homedir(), text.slice(2))
    : text;
}
