// Tar archives block by block, so that a test can make one that no program would write.

import { gzipSync } from "node:zlib";

export interface TarEntry {
  name: string | Buffer;
  data?: Buffer | string;
  /** 0 file (default), 1 hard link, 2 symbolic link, 3 and 4 devices, 5 folder, 6 pipe. */
  type?: string;
  linkTo?: string;
  mode?: number;
}

export function tarBytes(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(entry => {
    const data = Buffer.from(entry.data ?? "");
    return [header(entry, data.length), data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function tarGzBytes(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tarBytes(entries));
}

function header({ name, type = "0", linkTo = "", mode = 0o644 }: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(512);
  Buffer.from(name as string).copy(block, 0);
  block.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(linkTo, 157);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
