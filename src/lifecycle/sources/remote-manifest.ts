// The manifests in which catalogues and private addresses describe one version of a skill.

import { SkillError } from "../../packages/errors.js";
import { Fields } from "../../packages/fields.js";
import { identifierProblem } from "../../packages/identifier.js";
import { isJsonObject } from "../../packages/json-object.js";
import { versionProblem } from "../../packages/version.js";
import { parseYaml } from "../../packages/yaml.js";
import { parseAddress, shown } from "../downloads/address.js";
import { leadProblem } from "../downloads/redirects.js";
import { isSha256 } from "../github/checksums.js";

export interface RemoteManifest {
  readonly skillId: string;
  readonly version: string;
  readonly archive: { readonly url: URL; readonly sha256: string };
  /** What the manifest says about later updates. */
  readonly update: { readonly sourceType: string; readonly tag: string } | undefined;
}

/**
 * Reads a manifest, YAML or JSON.
 *
 * @param from where it was found
 * @throws SkillError `SKILL_SOURCE` naming every problem
 */
export function parseRemoteManifest(from: URL, text: string): RemoteManifest {
  const { value, problem } = parseYaml(text);
  if (problem !== undefined || !isJsonObject(value)) {
    throw refuse(from, [problem ?? "must be a mapping"]);
  }
  const problems: string[] = [];
  const fields = new Fields(value, "", problems);
  const skillId = fields.text("skill_id")?.trim() ?? "";
  const version = fields.text("version")?.trim() ?? "";
  const archive = fields.mapping("archive");
  if (archive === undefined) problems.push("archive is missing");
  const type = archive?.optionalText("type") || archive?.optionalText("archive_type");
  const url = archive?.text("url") ?? "";
  const sha256 = archive?.text("sha256")?.trim() ?? "";
  const update = fields.mapping("update");
  const sourceType = update?.optionalText("source_type") ?? "";
  const tag = update?.optionalText("tag") ?? "";
  if (problems.length === 0) {
    fields.report(identifierProblem("skill_id", skillId));
    fields.report(versionProblem("version", version));
    if (type?.toLowerCase() !== "zip") problems.push(`archive.type must be zip, got ${JSON.stringify(type)}`);
    if (!isSha256(sha256)) problems.push("archive.sha256 must be 64 hexadecimal digits");
  }
  if (problems.length > 0) throw refuse(from, problems);
  return {
    skillId,
    version,
    archive: { url: archiveAddress(from, url), sha256: sha256.toLowerCase() },
    update: sourceType === "" || tag === "" ? undefined : { sourceType, tag },
  };
}

function archiveAddress(from: URL, text: string): URL {
  const url = parseAddress(`${shown(from)}: archive.url`, text);
  const problem = leadProblem(from, url);
  if (problem !== undefined) throw refuse(from, [`archive.url: ${problem}`]);
  return url;
}

function refuse(from: URL, problems: readonly string[]): SkillError {
  return new SkillError("SKILL_SOURCE", `package manifest ${shown(from)}: ${problems.join("; ")}`);
}
