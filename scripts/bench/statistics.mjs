export function median(values) {
  return percentile(values, 0.5);
}

/** Nearest-rank percentile of numbers in any order; `share` between 0 and 1. */
export function percentile(values, share) {
  if (values.length === 0) throw new Error("percentile of no values");
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  if (share === 0.5 && Number.isInteger(middle)) return (sorted[middle - 1] + sorted[middle]) / 2;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

/** Least squares line through points; returns its slope in y per x. */
export function slope(points) {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const below = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return above / below;
}
