// Names in archives. A name is good when it means one file below the folder it is unpacked into, and the same one on
// every platform that skills run on; everything else is refused, and the reason named.

/** Windows has 260 for the whole path. */
const longestPath = 200;
const longestSegmentBytes = 255;
const deepest = 32;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;
const forbiddenOnWindows = /[<>:"|?*]/;
const deviceOnWindows = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** A name as it is used, or why it is refused. */
export type EntryPath = { path: string; problem?: never } | { path?: never; problem: string };

/**
 * Checks a name; both slashes separate.
 *
 * @returns the path with forward slashes and without empty and `.` segments
 */
export function entryPath(name: string): EntryPath {
  const problem = rootProblem(name);
  if (problem !== undefined) return { problem };
  const segments = name.split(/[\\/]/).filter(segment => segment !== "" && segment !== ".");
  if (segments.length === 0) return { problem: "its name is empty" };
  if (segments.length > deepest) return { problem: `it lies deeper than ${deepest} folders` };
  for (const segment of segments) {
    const wrong = segmentProblem(segment);
    if (wrong !== undefined) return { problem: wrong };
  }
  const path = segments.join("/");
  return path.length > longestPath
    ? { problem: `its name is longer than ${longestPath} characters` }
    : { path };
}

/** Decodes a name as it stands in an archive. */
export function decodeName(bytes: Uint8Array): EntryPath {
  try {
    return entryPath(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return { problem: "its name is not valid UTF-8" };
  }
}

/** The name for messages, with everything escaped that a terminal might obey. */
export function shownName(name: string | Uint8Array): string {
  const text = typeof name === "string" ? name : new TextDecoder().decode(name);
  const short = text.length > longestPath ? `${text.slice(0, longestPath)}…` : text;
  return JSON.stringify(short).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function rootProblem(name: string): string | undefined {
  if (controlCharacter.test(name)) return "its name contains a NUL byte or another control character";
  if (/^[\\/]{2}/.test(name)) return "its name is a network path (UNC)";
  if (/^[\\/]/.test(name)) return "its name is an absolute path";
  if (/^[a-zA-Z]:/.test(name)) return "its name begins with a drive letter";
  return undefined;
}

function segmentProblem(segment: string): string | undefined {
  if (segment === "..") return 'its name leads out of its folder ("..")';
  if (Buffer.byteLength(segment) > longestSegmentBytes) {
    return `a part of its name is longer than ${longestSegmentBytes} bytes`;
  }
  if (forbiddenOnWindows.test(segment))
    return 'its name contains one of < > : " | ? *, which Windows cannot store';
  if (/[. ]$/.test(segment))
    return "a part of its name ends with a dot or a blank, which Windows cannot store";
  if (deviceOnWindows.test(segment)) return "a part of its name is a device on Windows";
  return undefined;
}
