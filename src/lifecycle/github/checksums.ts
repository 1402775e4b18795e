// Files of SHA-256 sums, as sha256sum writes them: `<64 hexadecimal digits> [*]<file name>` in each line.

/**
 * The sum of a file, in lower-case digits, or why there is none.
 */
export function checksumOf(
  text: string,
  fileName: string,
): { sha256: string; problem?: never } | { sha256?: never; problem: string } {
  for (const line of text.split(/\r?\n/)) {
    const [sum = "", name = ""] = line.trim().split(/\s+/);
    if (name.replace(/^\*/, "") !== fileName) continue;
    if (isSha256(sum)) return { sha256: sum.toLowerCase() };
    return { problem: `its line for ${fileName} has no SHA-256 sum of 64 hexadecimal digits` };
  }
  return { problem: `it has no line for ${fileName}` };
}

export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}
