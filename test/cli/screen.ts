// What a terminal shows after it was sent something: as much of one as readline and our own lines make use of.

/** The rows, without blanks at their ends, from the first one ever written. */
export function screenOf(raw: string, columns: number): string[] {
  const rows: string[][] = [[]];
  let [row, column] = [0, 0];
  const put = (character: string) => {
    if (column === columns) {
      row++;
      column = 0;
    }
    while (rows.length <= row) rows.push([]);
    const cells = rows[row] as string[];
    while (cells.length < column) cells.push(" ");
    cells[column++] = character;
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this reads
  for (const [token, count = "", command] of raw.matchAll(/\u001b\[(\d*)[\d;]*([A-Za-z])|./gsu)) {
    const n = Number(count || 1);
    if (command === "A") row = Math.max(0, row - n);
    else if (command === "B") row += n;
    else if (command === "C") column += n;
    else if (command === "D") column = Math.max(0, column - n);
    else if (command === "G") column = n - 1;
    else if (command === "J") {
      rows.length = Math.min(rows.length, row + 1);
      rows[row]?.splice(column);
    } else if (command === "K") rows[row]?.splice(column);
    else if (command !== undefined) continue;
    else if (token === "\r") column = 0;
    else if (token === "\n") row++;
    else put(token);
    while (rows.length <= row) rows.push([]);
  }
  return rows.map(cells => cells.join("").trimEnd());
}
