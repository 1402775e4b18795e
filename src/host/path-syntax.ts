// Windows spells paths in ways that no Lua code should meet. Pure text, so that every platform tests it.

/**
 * Replaces the verbatim forms `\\?\C:\x` and `\\?\UNC\server\share` by the usual ones, wherever they occur in a text. The
 * system hands them out, for instance in error messages, and other programs do not take them.
 */
export function withoutVerbatimPrefixes(text: string): string {
  return text.replace(/\\\\\?\\UNC\\/gi, "\\\\").replace(/\\\\\?\\(?=[A-Za-z]:)/g, "");
}

/** A path as Lua code may have received it from elsewhere, in the usual form. */
export function usualPath(path: string): string {
  if (/^\\\\\?\\UNC\\/i.test(path)) return `\\\\${path.slice(8)}`;
  return /^\\\\\?\\[A-Za-z]:/.test(path) ? path.slice(4) : path;
}

/**
 * What makes a text in the usual form no path on Windows: control characters, `< > " | ? *`, and a colon anywhere but after
 * a drive letter (it would name a stream of the file). undefined: nothing does.
 */
export function windowsPathProblem(path: string): string | undefined {
  const rest = /^[A-Za-z]:/.test(path) ? path.slice(2) : path;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\x00-\x1f<>"|?*:]/.test(rest) ? "contains invalid Windows path syntax" : undefined;
}
