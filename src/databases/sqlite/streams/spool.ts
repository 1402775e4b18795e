// The file that holds a stream between its producer and its readers. File descriptors belong to the process, so a thread
// may write and another read what a third one has opened.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  read,
  readSync,
  unlinkSync,
  writevSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const readAsync = promisify(read);

/**
 * The owner's side. Node closes what a worker thread has opened when that thread ends, so the owner is the thread on which
 * readers run.
 */
export class Spool implements Disposable {
  readonly fd: number;
  /** Set where an open file cannot be removed. */
  readonly #path: string | undefined;

  /**
   * Makes a file that nobody else can have made before or can read.
   *
   * @param folder where; it must exist
   */
  constructor(folder: string) {
    const path = join(folder, `luaskills-stream-${process.pid}-${randomBytes(12).toString("hex")}`);
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    this.fd = openSync(path, flags, 0o600);
    this.#path = isRemoved(path) ? undefined : path;
  }

  /** @returns fewer bytes than asked for where the file ends before */
  async read(start: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await readAsync(this.fd, bytes, filled, length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  readSync(start: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(this.fd, bytes, filled, length - filled, start + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  /** Only when no other thread uses the descriptor: its number may be that of another file at once. */
  [Symbol.dispose](): void {
    closeSync(this.fd);
    if (this.#path !== undefined) isRemoved(this.#path);
  }
}

function isRemoved(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The producer's side: appends. */
export class SpoolWriter {
  readonly #fd: number;
  #position = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  write(pieces: readonly Uint8Array[]): void {
    let rest = pieces.filter(piece => piece.length > 0);
    while (rest.length > 0) {
      const written = this.#append(rest);
      this.#position += written;
      rest = without(rest, written);
    }
  }

  /** Gives the disk its space back. */
  clear(): void {
    ftruncateSync(this.#fd);
    this.#position = 0;
  }

  #append(pieces: Uint8Array[]): number {
    try {
      return writevSync(this.#fd, pieces, this.#position);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the file of the stream cannot be written: ${why}`, { cause: error });
    }
  }
}

/** What remains of the pieces behind their first `count` bytes. */
function without(pieces: Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  for (const [index, piece] of pieces.entries()) {
    if (left < piece.length) return [piece.subarray(left), ...pieces.slice(index + 1)];
    left -= piece.length;
  }
  return [];
}
