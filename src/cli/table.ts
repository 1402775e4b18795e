/**
 * Lays out rows in aligned columns, two blanks apart.
 *
 * @param width columns of the terminal; the last column is cut to fit it. Undefined leaves every text whole.
 * @param emphasis of the header
 */
export function formatTable(
  header: string[],
  rows: string[][],
  width: number | undefined,
  emphasis: (text: string) => string,
): string {
  const all = [header, ...rows];
  const last = header.length - 1;
  const widths = header.map((_, column) => Math.max(...all.map(row => (row[column] ?? "").length)));
  const before = widths.slice(0, last).reduce((sum, size) => sum + size + 2, 0);
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(20, width - before);
  const lines = all.map(row => {
    const left = row.slice(0, last).map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2));
    return `${left.join("")}${cut(row[last] ?? "", room)}`.trimEnd();
  });
  const [first = "", ...others] = lines;
  return `${[emphasis(first), ...others].join("\n")}\n`;
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1).trimEnd()}…`;
}
