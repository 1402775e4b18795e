import type { EntryDescriptor, LoadReport, SkillEngine } from "../index.js";
import { OperationError } from "./failure.js";
import { closestNames } from "./suggest.js";

/** The entry of this canonical name. @throws OperationError with what was probably meant */
export function findEntry(name: string, engine: SkillEngine, report: LoadReport): EntryDescriptor {
  const entries = engine.entries();
  const entry = entries.find(({ canonicalName }) => canonicalName === name);
  if (entry !== undefined) return entry;
  const names = entries.map(({ canonicalName }) => canonicalName);
  throw notFound(`there is no entry named ${name}`, name, names, report);
}

/** @param names what there is */
export function notFound(
  message: string,
  name: string,
  names: readonly string[],
  report: LoadReport,
): OperationError {
  const belongsTo = (skillId: string) => name === skillId || name.startsWith(`${skillId}-`);
  const broken = report.failed.find(({ skillId }) => belongsTo(skillId));
  const skipped = report.skipped.find(({ skillId }) => belongsTo(skillId));
  const close = closestNames(name, names);
  return new OperationError("SKILL_NOT_FOUND", message, hint());

  function hint(): string {
    if (broken !== undefined) return `skill ${broken.skillId} was not loaded, see above`;
    if (skipped !== undefined) return `skill ${skipped.skillId} was skipped: ${skipped.reason}`;
    if (close.length > 0) return `did you mean ${close.join(" or ")}?`;
    return "`luaskills list` shows what the given roots offer";
  }
}
