// Tar archives compressed with gzip. They have no directory, so entries are checked as they come.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { PassThrough } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ReadEntry } from "tar";
import { SkillError } from "../../packages/errors.js";
import type { ArchiveRules, TakeFile } from "./archive.js";
import { entryPath } from "./entry-path.js";
import { EntrySet, isBomb } from "./entry-set.js";
import { refuseArchive, refuseEntry } from "./refusal.js";

const regular = new Set(["File", "OldFile", "ContiguousFile"]);
const folders = new Set(["Directory", "GNUDumpDir"]);
const described: Readonly<Record<string, string>> = {
  Link: "a hard link",
  SymbolicLink: "a symbolic link",
  CharacterDevice: "a device",
  BlockDevice: "a device",
  FIFO: "a pipe",
};

/**
 * Goes through the files of a tar.gz archive.
 *
 * @throws SkillError `SKILL_PACKAGE`; what `take` throws
 */
export async function eachTarFile(path: string, rules: ArchiveRules, take: TakeFile): Promise<void> {
  const archive = basename(path);
  const { size } = await stat(path);
  const reader = await TarReader.create(archive, rules, take);
  const packed = createReadStream(path);
  const unpacked = createGunzip();
  packed.once("error", error => unpacked.destroy(error));
  packed.pipe(unpacked);
  let bytes = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (isBomb(bytes, size, rules.limits)) {
        throw refuseArchive(archive, `it holds more than ${rules.limits.ratio} times its ${size} bytes`);
      }
      await reader.write(chunk);
    }
    await reader.end();
  } catch (error) {
    throw await reader.abandon(error);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

/** Feeds the parser of the library no faster than its entries are taken. */
class TarReader {
  readonly #archive: string;
  readonly #rules: ArchiveRules;
  readonly #take: TakeFile;
  readonly #parser: InstanceType<typeof import("tar").Parser>;
  readonly #names: EntrySet;
  /** The entries so far, taken one after the other. */
  #taken: Promise<void> = Promise.resolve();
  /** Of the entry that is being taken. */
  #content: PassThrough | undefined;
  #failure: { error: unknown } | undefined;
  #announceFailure: () => void = () => {};
  readonly #whenFailed: Promise<void>;

  private constructor(tar: typeof import("tar"), archive: string, rules: ArchiveRules, take: TakeFile) {
    this.#archive = archive;
    this.#rules = rules;
    this.#take = take;
    this.#names = new EntrySet(rules.limits);
    this.#whenFailed = new Promise(resolve => {
      this.#announceFailure = resolve;
    });
    this.#parser = new tar.Parser({ strict: true, onReadEntry: entry => this.#receive(entry) });
    this.#parser.on("error", error => this.#fail(refuseArchive(archive, error.message, error)));
  }

  static async create(archive: string, rules: ArchiveRules, take: TakeFile): Promise<TarReader> {
    // Loaded at the first archive, as the reader of zip archives is.
    return new TarReader(await import("tar"), archive, rules, take);
  }

  /**
   * Ends the entry that is being taken, so that nobody waits for the rest of it.
   *
   * @returns what to throw: the first thing that went wrong
   */
  async abandon(error: unknown): Promise<unknown> {
    this.#fail(
      error instanceof SkillError ? error : refuseArchive(this.#archive, (error as Error).message, error),
    );
    this.#content?.destroy();
    await this.#taken;
    return this.#failure?.error;
  }

  async write(chunk: Buffer): Promise<void> {
    const drained = new Promise<void>(resolve => this.#parser.once("drain", resolve));
    if (!this.#parser.write(chunk)) await Promise.race([drained, this.#whenFailed]);
    this.#parser.removeAllListeners("drain");
    this.#throwFailure();
  }

  async end(): Promise<void> {
    const ended = new Promise<void>(resolve => this.#parser.once("end", resolve));
    this.#parser.end();
    await Promise.race([ended, this.#whenFailed]);
    await this.#taken;
    this.#throwFailure();
  }

  #receive(entry: ReadEntry): void {
    this.#taken = this.#taken
      .then(() => (this.#failure === undefined ? this.#takeEntry(entry) : undefined))
      .catch(error => this.#fail(error))
      // The parser goes on when an entry was read to its end.
      .finally(() => entry.resume());
  }

  async #takeEntry(entry: ReadEntry): Promise<void> {
    const { path, problem } = entryPath(entry.path);
    if (this.#rules.wanted !== undefined && !this.#rules.wanted(path)) return;
    const refuse = (reason: string) => refuseEntry(this.#archive, entry.path, reason);
    // What cannot be decoded comes as replacement characters, and the bytes are gone.
    if (entry.path.includes("\uFFFD")) throw refuse("its name is not valid UTF-8");
    if (problem !== undefined) {
      if (folders.has(entry.type) && /^[./\\]+$/.test(entry.path) && !entry.path.includes("..")) return;
      throw refuse(problem);
    }
    const folder = folders.has(entry.type);
    if (!folder && !regular.has(entry.type)) {
      throw refuse(`it is ${described[entry.type] ?? `of a kind that is not supported (${entry.type})`}`);
    }
    const { size } = entry;
    const wrong = this.#names.add(path, folder ? undefined : size);
    if (wrong !== undefined) throw refuse(wrong);
    if (!folder) await this.#take({ path, size, content: () => this.#contentOf(entry) });
  }

  /** A stream of Node, which can be given up while somebody waits for it. */
  #contentOf(entry: ReadEntry): AsyncIterable<Buffer> {
    const content = new PassThrough();
    // Whoever reads it is told by its iterator; nobody else has to be.
    content.on("error", () => {});
    this.#content = content;
    // Given up before anybody could read it.
    if (this.#failure !== undefined) content.destroy();
    else entry.pipe(content);
    return content;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#announceFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
