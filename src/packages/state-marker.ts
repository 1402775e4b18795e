// Markers that switch installed skills off: `<state>/skills/disabled/<skill-id>.json`. That the file is there decides; what
// it says is for people.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject } from "./json-object.js";

const suffix = ".json";

/** Folder of the markers of a root. */
export function disabledMarkersDir(stateDir: string): string {
  return join(stateDir, "skills", "disabled");
}

/** The marker of one skill. */
export function disabledMarker(stateDir: string, skillId: string): string {
  return join(disabledMarkersDir(stateDir), skillId + suffix);
}

/**
 * The ids of the skills of a root that are switched off, each with the reason that its marker gives, "" without one.
 *
 * @throws Error when the folder exists and cannot be listed: a skill somebody switched off must not run by accident
 */
export function readDisabledMarkers(stateDir: string): ReadonlyMap<string, string> {
  const folder = disabledMarkersDir(stateDir);
  const ids = list(folder)
    .filter(name => name.endsWith(suffix))
    .map(name => name.slice(0, -suffix.length));
  return new Map(ids.map(id => [id, markerReason(join(folder, id + suffix))]));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

function markerReason(file: string): string {
  try {
    const marker: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isJsonObject(marker) && typeof marker.reason === "string" ? marker.reason.trim() : "";
  } catch {
    return "";
  }
}
