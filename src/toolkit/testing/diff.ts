// Two texts line by line.

/** A line that both texts have, or that only one has. */
export interface DiffLine {
  side: "both" | "expected" | "actual";
  text: string;
}

/** Beyond this many lines that differ, a comparison of each with each takes too long. */
const maxCompared = 1_000;
/** Lines that both have and that are shown around those that differ. */
const context = 3;

/** What turns `expected` into `actual`, with the lines around; lines left out show as one `…`. */
export function diffLines(expected: string, actual: string): DiffLine[] {
  const wanted = expected.split("\n");
  const found = actual.split("\n");
  let start = 0;
  while (start < wanted.length && start < found.length && wanted[start] === found[start]) start += 1;
  let end = 0;
  while (
    end < wanted.length - start &&
    end < found.length - start &&
    wanted[wanted.length - 1 - end] === found[found.length - 1 - end]
  ) {
    end += 1;
  }
  const both = (text: string): DiffLine => ({ side: "both", text });
  return shorten([
    ...wanted.slice(0, start).map(both),
    ...compare(wanted.slice(start, wanted.length - end), found.slice(start, found.length - end)),
    ...wanted.slice(wanted.length - end).map(both),
  ]);
}

/** By the longest common subsequence. */
function compare(wanted: string[], found: string[]): DiffLine[] {
  const only = (side: "expected" | "actual") => (text: string) => ({ side, text });
  if (wanted.length > maxCompared || found.length > maxCompared) {
    return [...wanted.map(only("expected")), ...found.map(only("actual"))];
  }
  const lengths = wanted.map(() => new Uint16Array(found.length + 1));
  lengths.push(new Uint16Array(found.length + 1));
  const length = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  for (let row = wanted.length - 1; row >= 0; row--) {
    const values = lengths[row] as Uint16Array;
    for (let column = found.length - 1; column >= 0; column--) {
      values[column] =
        wanted[row] === found[column]
          ? length(row + 1, column + 1) + 1
          : Math.max(length(row + 1, column), length(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < wanted.length || column < found.length) {
    if (row < wanted.length && column < found.length && wanted[row] === found[column]) {
      lines.push({ side: "both", text: wanted[row] as string });
      row += 1;
      column += 1;
    } else if (
      row < wanted.length &&
      (column === found.length || length(row + 1, column) >= length(row, column + 1))
    ) {
      lines.push({ side: "expected", text: wanted[row] as string });
      row += 1;
    } else {
      lines.push({ side: "actual", text: found[column] as string });
      column += 1;
    }
  }
  return lines;
}

function shorten(lines: DiffLine[]): DiffLine[] {
  const shown: DiffLine[] = [];
  lines.forEach((line, at) => {
    const near = lines.slice(Math.max(0, at - context), at + context + 1).some(({ side }) => side !== "both");
    if (near) shown.push(line);
    else if (shown.at(-1)?.text !== "…") shown.push({ side: "both", text: "…" });
  });
  return shown;
}
