// Whole files.

import { closeSync, constants, fstatSync, openSync, readFile, readFileSync } from "node:fs";

/** Files beyond this many bytes are read and written without holding the JS thread, where the run can wait. */
export const inlineBytes = 64 * 1024;

export function readBytesSync(path: string): Buffer {
  return readAndCloseSync(openRegular(path).file);
}

/** As `readBytesSync`; the answer for a large file is a promise. */
export function readBytes(path: string): Buffer | Promise<Buffer> {
  const { file, size } = openRegular(path);
  return size > inlineBytes ? readAndClose(file) : readAndCloseSync(file);
}

function readAndCloseSync(file: number): Buffer {
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function readAndClose(file: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    readFile(file, (error, bytes) => {
      closeSync(file);
      if (error) reject(error);
      else resolve(bytes);
    });
  });
}

/** Opening a pipe that nobody writes to would hold the thread for ever, and a device may never end. */
function openRegular(path: string): { file: number; size: number } {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() && !stats.isDirectory()) throw new Error(`${path} is not a regular file`);
    return { file, size: stats.size };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}
