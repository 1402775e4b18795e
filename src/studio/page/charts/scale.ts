// The arithmetic of charts.

export interface Point {
  x: number;
  y: number;
}

type Range = readonly [from: number, to: number];

/** Maps one range to another in proportion. */
export function scale([a, b]: Range, [from, to]: Range): (value: number) => number {
  return value => from + ((value - a) / (b - a)) * (to - from);
}

/** The next of 1, 2, 4, 10, 20, 40, 100 …, which halves well. */
export function niceMaximum(value: number): number {
  for (let step = 1; ; step *= 10) {
    for (const nice of [step, 2 * step, 4 * step]) if (nice >= value) return nice;
  }
}

/** Powers of ten around the values, two at least. */
export function decades(values: readonly number[]): number[] {
  const least = Math.floor(Math.log10(Math.min(...values, 1)));
  const most = Math.ceil(Math.log10(Math.max(...values, 10)));
  return Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index));
}

/** @returns undefined without values */
export function percentile(values: readonly number[], part: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

/** An SVG path through the points. */
export function line(points: readonly Point[]): string {
  return points
    .map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)},${y.toFixed(1)}`)
    .join("");
}

/** An SVG path around what lies between two rows of points. */
export function area(upper: readonly Point[], lower: readonly Point[]): string {
  if (upper.length === 0) return "";
  return `${line([...upper, ...[...lower].reverse()])}Z`;
}
