// How an archive is refused: `SKILL_PACKAGE`, with the archive, the entry and the reason.

import { SkillError } from "../../packages/errors.js";
import { shownName } from "./entry-path.js";

/** @param archive what people know it by: its file name */
export function refuseArchive(archive: string, reason: string, cause?: unknown): SkillError {
  return new SkillError("SKILL_PACKAGE", `${archive} is refused: ${reason}`, { cause });
}

export function refuseEntry(
  archive: string,
  name: string | Uint8Array,
  reason: string,
  cause?: unknown,
): SkillError {
  return refuseArchive(archive, `entry ${shownName(name)}: ${reason}`, cause);
}
