// Zip archives byte by byte, so that a test can make one that no program would write.

import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string | Buffer;
  data?: Buffer | string;
  /** 8 deflated (default), 0 stored. */
  method?: number;
  /** General purpose bits; 0x800 says that the name is UTF-8. */
  flags?: number;
  /** Unix mode, kind included. */
  mode?: number;
  /** What the archive says, where it does not say what is true. */
  crc?: number;
  size?: number;
  localName?: string;
  extra?: Buffer;
  /** Where its local header is said to be; none is written. */
  at?: number;
}

const unix = 3 << 8;

export function zipBytes(
  entries: readonly ZipEntry[],
  { between = Buffer.alloc(0), count = entries.length, comment = "" } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name as string);
    const data = Buffer.from(entry.data ?? "");
    const method = entry.method ?? 8;
    const packed = method === 8 ? deflateRawSync(data) : data;
    const extra = entry.extra ?? Buffer.alloc(0);
    const fields = {
      flags: entry.flags ?? 0x800,
      method,
      crc: entry.crc ?? crc32(data),
      packed: packed.length,
      size: entry.size ?? data.length,
    };
    let place = offset;
    if (entry.at === undefined) {
      const local = localHeader(Buffer.from(entry.localName ?? name), fields);
      parts.push(between, local, packed);
      place = offset + between.length;
      offset = place + local.length + packed.length;
    } else {
      place = entry.at;
    }
    directory.push(centralHeader(name, extra, fields, entry.mode ?? 0o100644, place));
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, central, end, Buffer.from(comment)]);
}

interface Fields {
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
}

/** A stored entry as it stands in an archive, to be hidden in the data of another one. */
export function storedBytes(name: string, data: string): Buffer {
  const bytes = Buffer.from(data);
  const fields = { flags: 0x800, method: 0, crc: crc32(bytes), packed: bytes.length, size: bytes.length };
  return Buffer.concat([localHeader(Buffer.from(name), fields), bytes]);
}

function localHeader(name: Buffer, { flags, method, crc, packed, size }: Fields): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(packed, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader(
  name: Buffer,
  extra: Buffer,
  { flags, method, crc, packed, size }: Fields,
  mode: number,
  place: number,
): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(unix | 20, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(packed, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE((mode << 16) >>> 0, 38);
  header.writeUInt32LE(place, 42);
  return Buffer.concat([header, name, extra]);
}
