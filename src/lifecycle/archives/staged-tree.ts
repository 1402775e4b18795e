// Files that are being written below a staging folder. What is renamed into its place afterwards must be whole after a power
// cut, so they are flushed to the disk: many at once, because the first of them makes the file system write its journal
// for all.

import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Files that stay open until they are flushed together. */
const batch = 256;

export class StagedTree {
  readonly #root: string;
  /** Folders below the root that were made, by their path in it. */
  readonly #folders = new Set<string>();
  readonly #written: FileHandle[] = [];

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
    this.#written.push(file);
    if (this.#written.length >= batch) await this.#flush();
  }

  /** Resolves when every file and folder, the root among them, is on the disk. */
  async settle(): Promise<void> {
    await this.#flush();
    for (const folder of [...this.#folders, "."]) await syncFolder(join(this.#root, folder));
  }

  /** Empties the root. */
  async discard(): Promise<void> {
    await closeAll(this.#written.splice(0));
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

  async #flush(): Promise<void> {
    const files = this.#written.splice(0);
    try {
      await Promise.all(files.map(file => file.sync()));
    } finally {
      await closeAll(files);
    }
  }
}

async function closeAll(files: readonly FileHandle[]): Promise<void> {
  await Promise.all(files.map(file => file.close()));
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
