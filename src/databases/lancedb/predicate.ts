// Conditions of deletes and filters of searches.

/**
 * LanceDB puts a predicate behind `WHERE` and reads no further than the end of it: `id > 5 LIMIT 1` would delete every such
 * row, `1 = 1; ...` all. In parentheses it must be a predicate to its end, and a comment in it does not hide the last one. This
 * is help against mistakes: a predicate that closes the first and opens another gets what it asks for.
 */
export function wholePredicate(predicate: string): string {
  return `(${predicate}\n)`;
}
