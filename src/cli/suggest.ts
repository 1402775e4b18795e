/** Up to three of `names` that `name` was probably meant to be, best first. */
export function closestNames(name: string, names: readonly string[]): string[] {
  const tolerated = Math.max(2, Math.floor(name.length / 4));
  return names
    .map(candidate => ({ candidate, distance: rank(name, candidate) }))
    .filter(({ distance }) => distance <= tolerated)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Part of a name counts as one slip: people type the skill or the entry alone. */
function rank(name: string, candidate: string): number {
  const isPart = candidate.startsWith(`${name}-`) || candidate.endsWith(`-${name}`);
  return isPart ? 1 : editDistance(name, candidate);
}

/** Levenshtein distance: insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
