function number(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

function cells(line) {
  return [
    line.what,
    `${number(line.ours)} ${line.unit}`,
    line.peer === undefined ? "" : `${line.peerName} ${number(line.peer)} ${line.unit}`,
    line.ratio === undefined ? "" : `${number(line.ratio)}× ${line.ratioMeans}`,
    line.target ?? "",
    line.met === undefined ? "" : line.met ? "met" : "MISSED",
  ];
}

/** Markdown table of verdict lines, padded so that it reads well in a terminal too. */
export function renderTable(lines) {
  const rows = [["What", "Measured", "Peer or limit", "Ratio", "Target", ""], ...lines.map(cells)];
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map(row => row[column].length)));
  const render = row => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = `|${widths.map(width => "-".repeat(width + 2)).join("|")}|`;
  return [render(rows[0]), rule, ...rows.slice(1).map(render)].join("\n");
}
