// Reads the text files of one package. Symbolic links may stay inside the package; one that leads out of it is refused,
// because it would let a package show files that its author does not own.

import { isUtf8 } from "node:buffer";
import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";

/** The outcome of a read: what is wrong is one phrase, such as "no such file". */
export type FileText = { text: string; problem?: never } | { text?: never; problem: string };

export class PackageFiles {
  readonly #folder: string;
  /** Folders of the package that are no links, so that each is looked at once. */
  readonly #plainFolders = new Set<string>();
  #realFolder: string | undefined;

  /** @param folder of the package, absolute */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Reads a file.
   *
   * @param path inside the package, forward slashes, no `..` segments (see package-path.ts)
   */
  read(path: string, limitBytes: number): FileText {
    const file = join(this.#folder, path);
    try {
      let stats = lstatSync(file);
      if (stats.isSymbolicLink() || !this.#isPlainFolder(dirname(path))) {
        if (!this.#staysInside(file)) return { problem: "links to a file outside the skill" };
        stats = statSync(file);
      }
      if (stats.isDirectory()) return { problem: "is a folder" };
      // Opening a pipe would wait for its other end.
      if (!stats.isFile()) return { problem: "is not a regular file" };
      if (stats.size > limitBytes) return { problem: `is larger than ${limitBytes} bytes` };
      const bytes = readFileSync(file);
      return isUtf8(bytes) ? { text: withoutMark(bytes) } : { problem: "not valid UTF-8" };
    } catch (error) {
      return { problem: reason(error) };
    }
  }

  /** True if neither the folder nor one on the way to it is a link. */
  #isPlainFolder(path: string): boolean {
    if (path === "." || this.#plainFolders.has(path)) return true;
    if (!this.#isPlainFolder(dirname(path)) || lstatSync(join(this.#folder, path)).isSymbolicLink())
      return false;
    this.#plainFolders.add(path);
    return true;
  }

  #staysInside(file: string): boolean {
    this.#realFolder ??= realpathSync(this.#folder);
    const within = relative(this.#realFolder, realpathSync(file));
    return within !== ".." && !within.startsWith(`..${sep}`) && !isAbsolute(within);
  }
}

function withoutMark(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return "no such file";
  return `cannot be read (${code ?? message})`;
}
