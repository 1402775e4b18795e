import { OperationError } from "./failure.js";

/**
 * Imports a part of the package that loads the addon. What works without it (`doctor`, `--help`) does not load it.
 *
 * @throws OperationError when the addon does not load
 */
export async function importWithAddon<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new OperationError("ADDON", (error as Error).message, "`luaskills doctor` shows what is there");
  }
}
