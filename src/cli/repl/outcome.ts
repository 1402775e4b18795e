import type { Style } from "../style.js";
import type { Outcome } from "./session.js";

/** What went wrong with an input, for eyes. */
export function describeFailure(
  outcome: Extract<Outcome, { kind: "failed" | "interrupted" }>,
  { dim, red, yellow }: Style,
): string {
  if (outcome.kind === "interrupted") return yellow("interrupted");
  const { message, traceback } = outcome;
  return traceback === undefined ? red(message) : `${red(message)}\n${dim(traceback)}`;
}
