// Text encodings: the labels Lua code may name, and text to bytes and back. UTF-8 is Node's own; the rest is iconv-lite.

import { isUtf8 } from "node:buffer";
import iconv from "iconv-lite";
import { type CodePages, codePageEncoding, isCodePageLabel, readCodePages } from "./code-pages.js";

export interface TextEncoding {
  /** What Lua sees, for example `"gbk"`. */
  readonly label: string;
  /** `"utf-8"`, `"base64"` (the text carries the bytes), or a name of iconv-lite. */
  readonly codec: string;
}

export interface DecodedText {
  text: string;
  /** Some bytes mean nothing in the encoding; `text` has U+FFFD in their place. */
  lossy: boolean;
  /** The bytes themselves, when `text` is lossy. */
  base64?: string;
}

/** Text that an encoding cannot express, or bytes that are none. The message is a predicate: `is not valid base64`. */
export class EncodingError extends Error {
  override readonly name = "EncodingError";
}

export const utf8: TextEncoding = { label: "utf-8", codec: "utf-8" };

const fixed: Record<string, TextEncoding> = {
  "utf-8": utf8,
  utf8,
  gbk: { label: "gbk", codec: "gbk" },
  cp936: { label: "gbk", codec: "gbk" },
  "windows-936": { label: "gbk", codec: "gbk" },
  gb18030: { label: "gb18030", codec: "gb18030" },
  latin1: { label: "latin1", codec: "latin1" },
  "latin-1": { label: "latin1", codec: "latin1" },
  "iso-8859-1": { label: "latin1", codec: "latin1" },
  bytes: { label: "bytes", codec: "base64" },
  base64: { label: "base64", codec: "base64" },
};

/** Labels for a code page of the platform, by which page they mean. */
const platformLabels: Record<string, keyof CodePages> = {
  system: "ansi",
  ansi: "ansi",
  acp: "ansi",
  oem: "oem",
  console: "oem",
};

/** The labels of one engine: its default, and what `system` and `oem` mean on its platform. */
export class TextEncodings {
  readonly #platform: NodeJS.Platform;
  readonly #readPages: () => CodePages;
  readonly #defaultLabel: string;
  #pages: CodePages | undefined;

  /**
   * @param defaultLabel the host's choice; absent: UTF-8, on Windows the system's code page
   * @param readPages the code pages of a Windows machine; asked at most once, and only when a label needs them
   * @throws Error when there is no such label
   */
  constructor(
    defaultLabel?: string,
    platform: NodeJS.Platform = process.platform,
    readPages: () => CodePages = readCodePages,
  ) {
    this.#platform = platform;
    this.#readPages = readPages;
    this.#defaultLabel = defaultLabel ?? (platform === "win32" ? "system" : "utf-8");
    if (!isLabel(normalised(this.#defaultLabel))) throw unsupported(this.#defaultLabel);
  }

  /** @throws Error ``unsupported text encoding `X` `` */
  resolve(label: string = this.#defaultLabel): TextEncoding {
    const name = normalised(label);
    if (!isLabel(name)) throw unsupported(label);
    const page = platformLabels[name];
    if (page === undefined) return fixed[name] ?? { label: name, codec: name };
    if (this.#platform !== "win32") return utf8;
    this.#pages ??= this.#readPages();
    return codePageEncoding(this.#pages[page]);
  }
}

function normalised(label: string): string {
  return label.trim().toLowerCase();
}

function isLabel(name: string): boolean {
  return Object.hasOwn(fixed, name) || Object.hasOwn(platformLabels, name) || isCodePageLabel(name);
}

function unsupported(label: string): Error {
  return new Error(`unsupported text encoding \`${label}\``);
}

/** Text of all of `bytes`; a byte order mark is text like any other. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): DecodedText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding.codec === "base64") return { text: buffer.toString("base64"), lossy: false };
  if (encoding.codec === "utf-8") {
    const text = buffer.toString("utf8");
    return isUtf8(buffer) ? { text, lossy: false } : { text, lossy: true, base64: buffer.toString("base64") };
  }
  const text = iconv.decode(buffer, encoding.codec as iconv.Encoding, { stripBOM: false });
  if (!text.includes("\uFFFD")) return { text, lossy: false };
  return { text, lossy: true, base64: buffer.toString("base64") };
}

/** @throws EncodingError */
export function encodeText(text: string, encoding: TextEncoding): Buffer {
  if (encoding.codec === "utf-8") return Buffer.from(text, "utf8");
  if (encoding.codec === "base64") {
    const compact = text.replace(/[\r\n]/g, "");
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(compact)) {
      throw new EncodingError("is not valid base64");
    }
    return Buffer.from(compact, "base64");
  }
  const bytes = iconv.encode(text, encoding.codec as iconv.Encoding);
  if (iconv.decode(bytes, encoding.codec as iconv.Encoding, { stripBOM: false }) !== text) {
    throw new EncodingError(`has characters that ${encoding.label} cannot express`);
  }
  return bytes;
}

/** How many of the bytes are whole characters, when more bytes may follow. A character that is wrong anyway is whole. */
export function completeLength(bytes: Uint8Array, encoding: TextEncoding): number {
  if (encoding.codec === "base64") return bytes.length;
  if (encoding.codec === "utf-8") return bytes.length - utf8Tail(bytes);
  // No character of the supported encodings has more than four bytes.
  for (let tail = 0; tail < Math.min(4, bytes.length); tail++) {
    const decoder = iconv.getDecoder(encoding.codec as iconv.Encoding, { stripBOM: false });
    decoder.write(Buffer.from(bytes.subarray(0, bytes.length - tail)));
    if (!decoder.end()) return bytes.length - tail;
  }
  return Math.max(0, bytes.length - 4);
}

/** Bytes at the end that begin a character without ending it: 0 to 3. */
function utf8Tail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc2) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > back && byte <= 0xf4 ? back : 0;
    }
  }
  return 0;
}
