import type { Style } from "./style.js";

/** Where a command writes. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Width to fit tables into; undefined when the output is not a terminal, which gets whole texts. */
  columns: number | undefined;
  /** Emphasis for each of the two streams. */
  style: { out: Style; err: Style };
  /** Somebody looks at the error stream: progress may be drawn there. */
  interactive: boolean;
}
