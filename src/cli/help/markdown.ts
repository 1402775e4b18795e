import type { Style } from "../style.js";

/** Markdown for eyes: nothing is taken away or laid out anew, so that without colours the text is what the skill wrote. */
export function emphasizeMarkdown(text: string, { bold, cyan, dim }: Style): string {
  let fence: string | undefined;
  const lines = text.split("\n").map(line => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return dim(line);
    }
    if (mark !== undefined) {
      fence = mark;
      return dim(line);
    }
    if (/^ {0,3}#{1,6}\s/.test(line)) return bold(line);
    if (/^( {4}|\t)/.test(line)) return dim(line);
    return line
      .replaceAll(/\*\*[^*`]+\*\*/g, matched => bold(matched))
      .replaceAll(/`[^`]+`/g, matched => cyan(matched));
  });
  return lines.join("\n");
}
