// jieba, which knows where Chinese words begin and end. It is optional: the package is loaded, and its dictionary read, when
// the first text is cut (about 0.2 s and 45 MB of memory per thread).

import { createRequire } from "node:module";

/** Cuts texts into words. Joined they are the text. */
export interface Jieba {
  /** @param hmm whether it guesses words that its dictionary lacks */
  cut(text: string, hmm: boolean): string[];
  /** As `cut`, and before each word the shorter words of two and three characters that it consists of. */
  cutForSearch(text: string, hmm: boolean): string[];
  /** @param lines `word frequency` each; words it knows get this frequency */
  loadDict(lines: Uint8Array): void;
}

export interface JiebaLibrary {
  create(): Jieba;
}

const require = createRequire(import.meta.url);

/** @throws with the command that helps, when the package is not installed or does not load */
export function loadJieba(load: (name: string) => unknown = require): JiebaLibrary {
  try {
    const { Jieba } = load("@node-rs/jieba") as { Jieba: { withDict(lines: Uint8Array): Jieba } };
    const { dict } = load("@node-rs/jieba/dict") as { dict: Uint8Array };
    return { create: () => Jieba.withDict(dict) };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const isMissing = code === "MODULE_NOT_FOUND" && String(message).includes("'@node-rs/jieba'");
    const why = isMissing ? "which is not installed" : `which does not load (${firstLine(message)})`;
    throw new Error(
      `tokenizer mode jieba needs the package @node-rs/jieba, ${why}: npm install @node-rs/jieba`,
      { cause: error },
    );
  }
}

function firstLine(message: unknown): string {
  return String(message).split("\n", 1)[0] ?? "";
}

const jiebaWord =
  /^[A-Za-z0-9#%&+._\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2ebef}\u{2f800}-\u{2fa1f}-]+$/u;

/** Whether jieba looks for this word, once taught. Other characters end its sentences. */
export function isJiebaWord(word: string): boolean {
  return jiebaWord.test(word);
}
