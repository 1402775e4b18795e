// How much an archive may hold. Far more than any skill or tool has, and little enough for every disk.

export interface ArchiveLimits {
  readonly entries: number;
  /** Bytes of all files. */
  readonly totalBytes: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Files may be this many times larger than the archive; text compresses to a tenth, a bomb to a thousandth. */
  readonly ratio: number;
  /** Bytes of files up to which the ratio does not count: a file of zeros is no attack. */
  readonly ratioFreeBytes: number;
}

const mebibyte = 1 << 20;

/** Of skill packages. */
export const packageLimits: ArchiveLimits = {
  entries: 20_000,
  totalBytes: 512 * mebibyte,
  fileBytes: 256 * mebibyte,
  ratio: 200,
  ratioFreeBytes: 16 * mebibyte,
};

/** Of dependencies, which may be whole programs with their libraries. */
export const dependencyLimits: ArchiveLimits = {
  entries: 100_000,
  totalBytes: 4_096 * mebibyte,
  fileBytes: 2_048 * mebibyte,
  ratio: 200,
  ratioFreeBytes: 16 * mebibyte,
};
