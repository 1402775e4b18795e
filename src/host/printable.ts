/** Text from Lua for people to read: bytes that are not UTF-8 are shown as U+FFFD instead of being an error. */
export function printable(text: unknown): string {
  return text instanceof Uint8Array ? new TextDecoder().decode(text) : String(text);
}
