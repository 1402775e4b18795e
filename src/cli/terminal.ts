/** Where a command writes. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Width to fit tables into; undefined when the output is not a terminal, which gets whole texts. */
  columns: number | undefined;
}
