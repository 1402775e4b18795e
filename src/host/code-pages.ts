// Windows names its legacy encodings by number. Which two a machine uses is in its registry.

import { spawnSync } from "node:child_process";
import type { TextEncoding } from "./encoding.js";

export interface CodePages {
  /** Of programs with windows. */
  ansi: number;
  /** Of the console. */
  oem: number;
}

/** Pages whose names do not follow from their number. */
const named = new Map<number, TextEncoding>([
  [65001, { label: "utf-8", codec: "utf-8" }],
  [936, { label: "gbk", codec: "gbk" }],
  [54936, { label: "gb18030", codec: "gb18030" }],
  [28591, { label: "latin1", codec: "latin1" }],
]);

const windowsPages = [1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258];
const otherPages = [
  437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 949, 950,
];
const labels = new Map<string, number>([
  ...windowsPages.map(page => [`windows-${page}`, page] as const),
  ...otherPages.map(page => [`cp${page}`, page] as const),
]);

/** True for the labels that `codePageEncoding` makes from numbers, so that what Lua was told can be said again. */
export function isCodePageLabel(label: string): boolean {
  return labels.has(label);
}

/** The encoding of a code page; UTF-8 for pages that nothing here can decode. */
export function codePageEncoding(page: number): TextEncoding {
  const known = named.get(page);
  if (known !== undefined) return known;
  const label = windowsPages.includes(page) ? `windows-${page}` : `cp${page}`;
  return labels.has(label) ? { label, codec: label } : { label: "utf-8", codec: "utf-8" };
}

/** What `reg query HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage` printed. */
export function parseCodePages(output: string): CodePages {
  const page = (name: string) =>
    Number(new RegExp(`^\\s*${name}\\s+REG_SZ\\s+(\\d+)\\s*$`, "m").exec(output)?.[1] ?? 65001);
  return { ansi: page("ACP"), oem: page("OEMCP") };
}

export function readCodePages(): CodePages {
  const key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage";
  const result = spawnSync("reg", ["query", key], { encoding: "latin1", windowsHide: true });
  return parseCodePages(result.stdout ?? "");
}
