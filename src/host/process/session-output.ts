// One output stream of a session: what was printed and not yet read, as bytes, and as text when it is read.

import type { Readable } from "node:stream";
import { completeLength, decodeText, encodeText, type TextEncoding, utf8 } from "../encoding.js";
import { ByteQueue } from "./byte-queue.js";
import type { Captured } from "./capture.js";

/** No character of the supported encodings has more bytes. */
const longestCharacter = 4;

export class SessionOutput {
  readonly encoding: TextEncoding;
  readonly #queue: ByteQueue;
  #ended = false;

  /** @param onChange is called when there is more to read, or there will be no more */
  constructor(stream: Readable, encoding: TextEncoding, limit: number, onChange: () => void) {
    this.encoding = encoding;
    this.#queue = new ByteQueue(limit);
    stream.on("data", (chunk: Buffer) => {
      this.#queue.push(chunk);
      onChange();
    });
    // A pipe that breaks has ended.
    stream.on("error", () => {});
    stream.once("close", () => {
      this.#ended = true;
      onChange();
    });
  }

  /** Nothing will be printed any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whole characters wait to be read. */
  get readable(): boolean {
    return this.#wholeBytes(this.#queue.length) > 0;
  }

  holds(bytes: number): boolean {
    return this.#queue.length >= bytes;
  }

  /** Whether `text` is among what waits. Of a stream of bytes, `text` is looked for in UTF-8. */
  contains(text: string): boolean {
    const encoding = this.encoding.codec === "base64" ? utf8 : this.encoding;
    const bytes = this.#queue.peek(this.#queue.length);
    // Bytes of two neighbours can look like another character, so a find among the bytes is not enough.
    return bytes.includes(encodeText(text, encoding)) && decodeText(bytes, encoding).text.includes(text);
  }

  /** Takes up to `limit` bytes, never part of a character whose rest may still come. */
  take(limit: number): Captured {
    const bytes = Buffer.from(this.#queue.peek(this.#wholeBytes(limit)));
    this.#queue.drop(bytes.length);
    return { bytes, truncated: this.#queue.takeOverflow() };
  }

  #wholeBytes(limit: number): number {
    const { length } = this.#queue;
    if (this.#ended && length <= limit) return length;
    let whole = completeLength(this.#queue.peek(limit), this.encoding);
    // The limit is smaller than one character: that one, then.
    for (let more = limit + 1; whole === 0 && more <= longestCharacter; more++) {
      whole = completeLength(this.#queue.peek(more), this.encoding);
    }
    return whole;
  }
}
