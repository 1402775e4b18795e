import assert from "node:assert/strict";
import { test } from "node:test";
import { type CodePages, codePageEncoding, parseCodePages } from "#dist/host/code-pages.js";
import { completeLength, decodeText, encodeText, TextEncodings } from "#dist/host/encoding.js";

const chineseWindows = () => ({ ansi: 936, oem: 936 });
const westernWindows = () => ({ ansi: 1252, oem: 850 });
const unused = (): CodePages => {
  throw new Error("the code pages were asked for");
};

const onUnix = new TextEncodings(undefined, "linux", unused);
const resolve = (label: string) => onUnix.resolve(label);

test("every label of the table has its encoding, in any case", () => {
  const cases: [label: string, actual: string][] = [
    ["utf-8", "utf-8"],
    ["utf8", "utf-8"],
    ["UTF-8", "utf-8"],
    [" utf-8 ", "utf-8"],
    ["gbk", "gbk"],
    ["cp936", "gbk"],
    ["windows-936", "gbk"],
    ["GB18030", "gb18030"],
    ["latin1", "latin1"],
    ["latin-1", "latin1"],
    ["ISO-8859-1", "latin1"],
    ["bytes", "bytes"],
    ["base64", "base64"],
    ["system", "utf-8"],
    ["ansi", "utf-8"],
    ["acp", "utf-8"],
    ["oem", "utf-8"],
    ["console", "utf-8"],
  ];
  for (const [label, actual] of cases) assert.equal(resolve(label).label, actual, label);
});

test("an unknown label is an error that names it", () => {
  for (const label of ["klingon", "utf-16", "", "cp1", "constructor", "__proto__"]) {
    assert.throws(() => resolve(label), { message: `unsupported text encoding \`${label}\`` });
  }
  assert.throws(() => new TextEncodings("klingon"), { message: "unsupported text encoding `klingon`" });
});

test("the default is the host's choice, else UTF-8, on Windows the code page of the system", () => {
  const cases: [defaultLabel: string | undefined, platform: NodeJS.Platform, expected: string][] = [
    [undefined, "linux", "utf-8"],
    [undefined, "darwin", "utf-8"],
    [undefined, "win32", "gbk"],
    ["gb18030", "linux", "gb18030"],
    ["latin1", "win32", "latin1"],
    ["oem", "win32", "gbk"],
    ["system", "linux", "utf-8"],
  ];
  for (const [defaultLabel, platform, expected] of cases) {
    assert.equal(new TextEncodings(defaultLabel, platform, chineseWindows).resolve().label, expected);
  }
});

test("on Windows the platform's labels mean its code pages, which are read once and only when needed", () => {
  let reads = 0;
  const encodings = new TextEncodings("utf-8", "win32", () => {
    reads += 1;
    return westernWindows();
  });
  assert.equal(encodings.resolve("gbk").label, "gbk");
  assert.equal(reads, 0);
  for (const label of ["system", "ansi", "acp"]) assert.equal(encodings.resolve(label).label, "windows-1252");
  for (const label of ["oem", "console"]) assert.equal(encodings.resolve(label).label, "cp850");
  assert.equal(reads, 1);
  assert.equal(encodings.resolve("windows-1252").label, "windows-1252");
});

test("code pages have encodings, and what nothing here decodes counts as UTF-8", () => {
  const cases: [page: number, label: string, bytes: number[], text: string][] = [
    [65001, "utf-8", [0xc3, 0xa4], "ä"],
    [936, "gbk", [0xd6, 0xd0], "中"],
    [54936, "gb18030", [0x81, 0x30, 0x81, 0x31], "\u0081"],
    [28591, "latin1", [0xe4], "ä"],
    [1252, "windows-1252", [0x80], "€"],
    [437, "cp437", [0x84], "ä"],
    [850, "cp850", [0x84], "ä"],
    [932, "cp932", [0x93, 0xfa], "日"],
    [949, "cp949", [0xb0, 0xa1], "가"],
    [950, "cp950", [0xa4, 0xa4], "中"],
    [20000, "utf-8", [0x41], "A"],
  ];
  for (const [page, label, bytes, text] of cases) {
    const encoding = codePageEncoding(page);
    assert.equal(encoding.label, label);
    assert.deepEqual(decodeText(Buffer.from(bytes), encoding), { text, lossy: false });
  }
});

test("code pages are read from what reg prints", () => {
  const output =
    "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage\r\n" +
    "    MACCP    REG_SZ    10000\r\n    ACP    REG_SZ    1252\r\n    OEMCP    REG_SZ    437\r\n";
  assert.deepEqual(parseCodePages(output), { ansi: 1252, oem: 437 });
  assert.deepEqual(parseCodePages(""), { ansi: 65001, oem: 65001 });
});

test("bytes become text, and what means nothing is replaced and handed out as base64", () => {
  const cases: [label: string, bytes: number[], text: string, lossy: boolean][] = [
    ["utf-8", [0xc3, 0xa4], "ä", false],
    ["utf-8", [0xef, 0xbb, 0xbf, 0x41], "\uFEFFA", false],
    ["utf-8", [0xef, 0xbf, 0xbd], "\uFFFD", false],
    ["utf-8", [0x41, 0xff], "A\uFFFD", true],
    ["utf-8", [0xed, 0xa0, 0x80], "\uFFFD\uFFFD\uFFFD", true],
    ["utf-8", [], "", false],
    ["gbk", [0xd6, 0xd0, 0x41], "中A", false],
    ["gbk", [0xd6], "\uFFFD", true],
    ["gb18030", [0x81, 0x30, 0x81, 0x31], "\u0081", false],
    ["latin1", [0xe4, 0x80, 0x00], "ä\u0080\0", false],
    ["bytes", [0xff, 0x00], "/wA=", false],
    ["base64", [0xff, 0x00], "/wA=", false],
  ];
  for (const [label, bytes, text, lossy] of cases) {
    const buffer = Buffer.from(bytes);
    const base64 = lossy ? { base64: buffer.toString("base64") } : {};
    assert.deepEqual(decodeText(buffer, resolve(label)), { text, lossy, ...base64 }, label);
  }
});

test("text becomes bytes", () => {
  const cases: [label: string, text: string, bytes: number[]][] = [
    ["utf-8", "ä\0", [0xc3, 0xa4, 0x00]],
    ["gbk", "中A", [0xd6, 0xd0, 0x41]],
    ["gb18030", "😀", [0x94, 0x39, 0xfc, 0x36]],
    ["latin1", "ä\u0080", [0xe4, 0x80]],
    ["bytes", "/wA=", [0xff, 0x00]],
    ["base64", "/w\r\nA=", [0xff, 0x00]],
    ["base64", "/wA", [0xff, 0x00]],
    ["base64", "", []],
  ];
  for (const [label, text, bytes] of cases) {
    assert.deepEqual([...encodeText(text, resolve(label))], bytes, label);
  }
});

test("text that an encoding cannot express is refused, never replaced", () => {
  const cases: [label: string, text: string, message: string][] = [
    ["latin1", "€", "has characters that latin1 cannot express"],
    ["gbk", "😀", "has characters that gbk cannot express"],
    ["base64", "a*b=", "is not valid base64"],
    ["base64", "a", "is not valid base64"],
    ["bytes", "=", "is not valid base64"],
    ["bytes", "QQ===", "is not valid base64"],
  ];
  for (const [label, text, message] of cases) {
    assert.throws(() => encodeText(text, resolve(label)), { name: "EncodingError", message });
  }
});

test("a character that is cut at the end waits for its rest", () => {
  const cases: [label: string, bytes: number[], complete: number][] = [
    ["utf-8", [0x41], 1],
    ["utf-8", [0x41, 0xc3], 1],
    ["utf-8", [0x41, 0xe4, 0xb8], 1],
    ["utf-8", [0x41, 0xf0, 0x9f, 0x98], 1],
    ["utf-8", [0xf0, 0x9f, 0x98, 0x80], 4],
    ["utf-8", [0x41, 0x80], 2],
    ["utf-8", [0x80, 0x80, 0x80, 0x80], 4],
    ["utf-8", [0x41, 0xff], 2],
    ["utf-8", [0x41, 0xc0], 2],
    ["utf-8", [], 0],
    ["gbk", [0x41, 0xd6, 0xd0], 3],
    ["gbk", [0x41, 0xd6], 1],
    ["gbk", [0xd6], 0],
    ["gb18030", [0x41, 0x94], 1],
    ["gb18030", [0x41, 0x94, 0x39], 1],
    ["gb18030", [0x41, 0x94, 0x39, 0xfc], 1],
    ["gb18030", [0x41, 0x94, 0x39, 0xfc, 0x36], 5],
    ["latin1", [0x41, 0xff], 2],
    ["base64", [0xff], 1],
  ];
  for (const [label, bytes, complete] of cases) {
    assert.equal(completeLength(Buffer.from(bytes), resolve(label)), complete, `${label} ${bytes}`);
  }
});
