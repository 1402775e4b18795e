// Where a text that is too long is divided: at the ends of its lines, or, inside a line that is too long itself, between
// two characters.

import type { TextLimit } from "./options.js";

const lineFeed = 0x0a;

/**
 * @param text UTF-8
 * @param start of the part, in bytes
 * @returns the end of the longest part from there that keeps the limit; at least one character is in it
 */
export function partEnd(text: Uint8Array, start: number, limit: TextLimit): number {
  const room = Math.min(text.length, start + limit.bytes);
  const reach = text.subarray(0, room);
  let end = start;
  for (let lines = 0; lines < limit.lines; lines++) {
    const at = reach.indexOf(lineFeed, end);
    if (at === -1) {
      // The last line of the text has no end of its own.
      if (room === text.length) return room;
      return end > start ? end : characterEnd(text, start, room);
    }
    end = at + 1;
  }
  return end;
}

/** The starts of all parts. */
export function partStarts(text: Uint8Array, limit: TextLimit): number[] {
  const starts = [];
  for (let at = 0; at < text.length; at = partEnd(text, at, limit)) starts.push(at);
  return starts;
}

/** Lines of a part of a text, the unfinished one at its end among them. */
export function lineCount(text: Uint8Array): number {
  let lines = 0;
  for (let at = text.indexOf(lineFeed); at !== -1; at = text.indexOf(lineFeed, at + 1)) lines += 1;
  return text.length > 0 && text.at(-1) !== lineFeed ? lines + 1 : lines;
}

function characterEnd(text: Uint8Array, start: number, room: number): number {
  const isInside = (at: number) => at < text.length && ((text[at] as number) & 0xc0) === 0x80;
  let end = room;
  while (end > start && isInside(end)) end -= 1;
  if (end > start) return end;
  // Not even one character fits: it is taken whole.
  end = start + 1;
  while (isInside(end)) end += 1;
  return end;
}
