// A file that is being downloaded: what has arrived, its running digest, and how to ask for the rest.

import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { HttpAnswer } from "./http-client.js";
import { header, TransferFailure } from "./transfer-failure.js";

export class PartialFile {
  readonly #file: FileHandle;
  #hash: Hash = createHash("sha256");
  #bytes = 0;
  /** Of the whole file, if the server says. */
  #total: number | undefined;
  /** What the file is known by at its server; without one, a rest might belong to another file. */
  #validator: string | undefined;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param path of a file that is not there yet */
  static async create(path: string): Promise<PartialFile> {
    return new PartialFile(await open(path, "wx", 0o644));
  }

  get bytes(): number {
    return this.#bytes;
  }

  get total(): number | undefined {
    return this.#total;
  }

  /** Headers of the request for what is missing. */
  get wanted(): Record<string, string> {
    if (this.#bytes === 0 || this.#validator === undefined) return {};
    return { range: `bytes=${this.#bytes}-`, "if-range": this.#validator };
  }

  /** Takes note of an answer; one that does not go on where the file ends begins it anew. */
  async begin({ status, headers }: HttpAnswer): Promise<void> {
    const part = status === 206 ? contentRange(header(headers, "content-range")) : undefined;
    if (status === 206 && part?.start !== this.#bytes) {
      await this.restart();
      throw new TransferFailure("the server sent another part than the one asked for", { passing: true });
    }
    if (status !== 206) await this.restart();
    const length = header(headers, "content-length");
    this.#total = part?.total ?? (length === undefined ? undefined : this.#bytes + Number(length));
    this.#validator = validatorOf(header(headers, "etag"), header(headers, "last-modified"));
  }

  async write(chunk: Buffer): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, done, undefined, this.#bytes + done);
      done += bytesWritten;
    }
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  async restart(): Promise<void> {
    if (this.#bytes > 0) await this.#file.truncate(0);
    this.#hash = createHash("sha256");
    this.#bytes = 0;
    this.#validator = undefined;
  }

  /** The digest of what has arrived, in hexadecimal digits. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function contentRange(text: string | undefined): { start: number; total: number | undefined } | undefined {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text ?? "");
  if (match === null) return undefined;
  return { start: Number(match[1]), total: match[2] === "*" ? undefined : Number(match[2]) };
}

/** A weak ETag promises no equal bytes. */
function validatorOf(etag: string | undefined, lastModified: string | undefined): string | undefined {
  return etag !== undefined && !etag.startsWith("W/") ? etag : lastModified;
}
