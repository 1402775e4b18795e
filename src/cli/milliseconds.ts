import { InvalidArgumentError } from "commander";

/** Commander's argument processor for a time limit. */
export function parseMilliseconds(text: string): number {
  const milliseconds = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(milliseconds) || milliseconds === 0) {
    throw new InvalidArgumentError("Expected a positive number of milliseconds.");
  }
  return milliseconds;
}
