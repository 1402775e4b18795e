// Files that are being written below a staging folder. They are flushed to the disk while the next ones are written,
// because what is renamed into its place afterwards must be whole after a power cut.

import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Files that may be flushing at the same time: there are few threads for it. */
const mostFlushing = 16;

export class StagedTree {
  readonly #root: string;
  /** Folders below the root that were made, by their path in it. */
  readonly #folders = new Set<string>();
  readonly #flushing = new Set<Promise<void>>();
  #flushFailure: { error: unknown } | undefined;

  /** @param root an empty folder */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Writes a new file.
   *
   * @param path below the root: forward slashes, as `entryPath` gives it
   */
  async write(
    path: string,
    content: AsyncIterable<Buffer>,
    { executable = false, signal }: { executable?: boolean; signal?: AbortSignal | undefined },
  ): Promise<void> {
    await this.#makeFolder(dirname(path));
    // Exclusive: nothing that is there already, a link least of all, is ever written through.
    const file = await open(join(this.#root, path), "wx", executable ? 0o755 : 0o644);
    try {
      for await (const chunk of content) {
        signal?.throwIfAborted();
        await writeAll(file, chunk);
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    await this.#flush(file);
  }

  /** Resolves when every file and folder, the root among them, is on the disk. */
  async settle(): Promise<void> {
    await Promise.all(this.#flushing);
    if (this.#flushFailure !== undefined) throw this.#flushFailure.error;
    for (const folder of [...this.#folders, "."]) await syncFolder(join(this.#root, folder));
  }

  /** Empties the root. */
  async discard(): Promise<void> {
    await Promise.all(this.#flushing);
    for (const name of await readdir(this.#root)) {
      await rm(join(this.#root, name), { recursive: true, force: true });
    }
  }

  async #makeFolder(path: string): Promise<void> {
    if (path === "." || this.#folders.has(path)) return;
    await this.#makeFolder(dirname(path));
    await mkdir(join(this.#root, path), { mode: 0o755 });
    this.#folders.add(path);
  }

  async #flush(file: FileHandle): Promise<void> {
    const flushed = file
      .sync()
      .finally(() => file.close())
      .catch(error => {
        this.#flushFailure ??= { error };
      })
      .finally(() => this.#flushing.delete(flushed));
    this.#flushing.add(flushed);
    if (this.#flushing.size >= mostFlushing) await Promise.race(this.#flushing);
  }
}

/** The bytes of a file, which is opened when they are asked for, so that it is closed whatever happens. */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path) as AsyncIterable<Buffer>;
}

/** Makes the names in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no such call, and needs none.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await file.write(chunk, done)).bytesWritten;
  }
}
