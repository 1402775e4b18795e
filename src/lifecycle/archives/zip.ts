// Zip archives. The whole directory is read and checked before a single file comes out; what it says about sizes, sums and
// places is then held against the bytes.

import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { SkillError } from "../../packages/errors.js";
import type { ArchiveFile, ArchiveRules, TakeFile } from "./archive.js";
import { decodeName, entryPath } from "./entry-path.js";
import { EntrySet, isBomb } from "./entry-set.js";
import { refuseArchive, refuseEntry } from "./refusal.js";

const stored = 0;
const deflated = 8;
/** What follows the data of an entry whose sizes were not known before it. */
const longestDescriptor = 24;
/** Bytes at the end of an archive, besides its comment; in a 64-bit archive there are more. */
const endRecord = 22;
const zip64EndRecords = 76;

/**
 * Goes through the files of a zip archive whose directory holds nothing that is refused.
 *
 * @throws SkillError `SKILL_PACKAGE`; what `take` throws
 */
export async function eachZipFile(path: string, rules: ArchiveRules, take: TakeFile): Promise<void> {
  const archive = basename(path);
  // Loading the library takes longer than most engines ever need it.
  const { fromFdPromise } = await import("yauzl");
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    // Names are decoded here: the library would read bytes that are not UTF-8 as another encoding.
    const zip = await fromFdPromise(file.fd, {
      lazyEntries: true,
      autoClose: false,
      decodeStrings: false,
      validateEntrySizes: false,
    }).catch(error => {
      throw refuseArchive(archive, error.message, error);
    });
    for (const found of await readDirectory(zip, archive, size, rules)) await take(found);
  } finally {
    await file.close();
  }
}

async function readDirectory(
  zip: ZipFile,
  archive: string,
  archiveBytes: number,
  { limits, wanted }: ArchiveRules,
): Promise<ArchiveFile[]> {
  if (zip.entryCount > limits.entries)
    throw refuseArchive(archive, `it has more than ${limits.entries} entries`);
  const names = new EntrySet(limits);
  const files: ArchiveFile[] = [];
  const places: Place[] = [];
  const directoryStart = cursorOf(zip);
  try {
    for await (const entry of zip.eachEntry()) {
      if (wanted !== undefined && !wanted(decodeName(entry.fileNameRaw).path)) continue;
      const { path, folder } = checkEntry(archive, entry);
      const problem = names.add(path, folder ? undefined : entry.uncompressedSize);
      if (problem !== undefined) throw refuseEntry(archive, entry.fileNameRaw, problem);
      const place = await placeOf(zip, archive, entry);
      places.push(place);
      if (folder) continue;
      const size = entry.uncompressedSize;
      files.push({ path, size, content: () => readEntry(zip, archive, entry, place.data) });
    }
  } catch (error) {
    throw error instanceof SkillError ? error : refuseArchive(archive, (error as Error).message, error);
  }
  if (isBomb(names.bytes, archiveBytes, limits)) {
    throw refuseArchive(
      archive,
      `its files come to ${names.bytes} bytes, more than ${limits.ratio} times the ${archiveBytes} bytes of the archive`,
    );
  }
  checkOverlap(archive, places);
  if (wanted === undefined) checkGaps(archive, places, directoryStart);
  const afterDirectory = archiveBytes - cursorOf(zip) - zip.comment.length;
  if (
    wanted === undefined &&
    afterDirectory !== endRecord &&
    afterDirectory !== endRecord + zip64EndRecords
  ) {
    throw refuseArchive(archive, "its directory holds more than it says");
  }
  return files;
}

/** Where the directory is read next: a number, whatever the type of the library says. */
function cursorOf(zip: ZipFile): number {
  return Number(zip.readEntryCursor);
}

function checkEntry(archive: string, entry: Entry): { path: string; folder: boolean } {
  const raw = entry.fileNameRaw;
  const refuse = (reason: string) => refuseEntry(archive, raw, reason);
  const { path, problem } = decodeName(raw);
  if (problem !== undefined) throw refuse(problem);
  const folder = /[\\/]$/.test(raw.toString("latin1"));
  // Other programs would unpack the entry under this other name.
  const unicodeName = entry.extraFields.find(({ id }) => id === 0x7075)?.data.subarray(5);
  if (unicodeName !== undefined && entryPath(unicodeName.toString("utf8")).path !== path) {
    throw refuse("it has a second, different name");
  }
  // The upper half is a Unix mode in archives of Unix, and 0 elsewhere.
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (kind === 0o120000) throw refuse("it is a symbolic link");
  if (![0, 0o100000, 0o040000].includes(kind)) throw refuse("it is a device, a pipe or a socket");
  if ((kind === 0o040000) !== folder && kind !== 0) throw refuse("it is both a file and a folder");
  if (entry.isEncrypted()) throw refuse("it is encrypted");
  if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) {
    throw refuse(
      `its compression method ${entry.compressionMethod} is not supported (stored and deflated are)`,
    );
  }
  const { compressedSize, uncompressedSize } = entry;
  if (folder && uncompressedSize !== 0) throw refuse("it is a folder with content");
  if (entry.compressionMethod === stored && compressedSize !== uncompressedSize) {
    throw refuse("it is stored as it is, and two sizes are given");
  }
  return { path, folder };
}

/** Where an entry lies in the archive: from `start`, its data from `data` to `end`. */
interface Place {
  readonly name: Buffer;
  readonly start: number;
  readonly data: number;
  readonly end: number;
}

async function placeOf(zip: ZipFile, archive: string, entry: Entry): Promise<Place> {
  const local = await zip.readLocalFileHeaderPromise(entry);
  if (!local.fileName.equals(entry.fileNameRaw)) {
    throw refuseEntry(archive, entry.fileNameRaw, "it has another name in front of its data");
  }
  const data = local.fileDataStart;
  return {
    name: entry.fileNameRaw,
    start: entry.relativeOffsetOfLocalHeader,
    data,
    end: data + entry.compressedSize,
  };
}

/** Entries that share bytes make a huge archive of a small one. */
function checkOverlap(archive: string, places: readonly Place[]): void {
  let end = 0;
  for (const place of inOrder(places)) {
    if (place.start < end) throw refuseEntry(archive, place.name, "it overlaps with another entry");
    end = place.end;
  }
}

/** Bytes that belong to no entry may be another archive, which other programs see. */
function checkGaps(archive: string, places: readonly Place[], directoryStart: number): void {
  let end = 0;
  for (const place of inOrder(places)) {
    if (place.start > end + (end === 0 ? 0 : longestDescriptor)) {
      throw refuseEntry(archive, place.name, "there are bytes before it that belong to no entry");
    }
    end = place.end;
  }
  if (end > directoryStart || end + longestDescriptor < directoryStart) {
    throw refuseArchive(archive, "its entries do not end where its directory begins");
  }
}

function inOrder(places: readonly Place[]): Place[] {
  return places.toSorted((a, b) => a.start - b.start);
}

async function* readEntry(
  zip: ZipFile,
  archive: string,
  entry: Entry,
  start: number,
): AsyncGenerator<Buffer> {
  const { uncompressedSize } = entry;
  const refuse = (reason: string, cause?: unknown) => refuseEntry(archive, entry.fileNameRaw, reason, cause);
  let bytes = 0;
  let sum = 0;
  try {
    const stream = await openData(zip, entry, start);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > uncompressedSize) throw refuse(`it is larger than the ${uncompressedSize} bytes it says`);
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof SkillError ? error : refuse((error as Error).message, error);
  }
  if (bytes < uncompressedSize) throw refuse(`it is smaller than the ${uncompressedSize} bytes it says`);
  if (sum !== entry.crc32) throw refuse("its bytes do not match its CRC-32 sum");
}

function openData(
  zip: ZipFile,
  { compressionMethod, compressedSize, uncompressedSize }: Entry,
  start: number,
) {
  // Not the form of it that gives a promise: in version 3.4 that one calls another function.
  return new Promise<Readable>((resolve, reject) => {
    const isDeflated = compressionMethod === deflated;
    zip.openReadStreamLowLevel(
      start,
      compressedSize,
      0,
      compressedSize,
      isDeflated,
      uncompressedSize,
      (error, stream) => (error === null ? resolve(stream) : reject(error)),
    );
  });
}
