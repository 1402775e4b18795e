import { OperationError } from "./failure.js";

/**
 * Imports what loads the addon: what works without it (`doctor`, `--help`) does not.
 *
 * @throws OperationError `ADDON`
 */
export async function withAddon<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new OperationError("ADDON", (error as Error).message, "`luaskills doctor` shows what is there");
  }
}
