// Where the members of a YAML document stand. The parser tells when a node begins and ends; from that follows the line of
// every path such as `entries[0].lua_entry`.

import { CORE_SCHEMA, load } from "js-yaml";

interface Node {
  line: number;
  kind: string | null;
  result: unknown;
  children: Node[];
}

/** What the listener of js-yaml is given, as far as it is needed here. */
interface ParserState {
  line: number;
  kind: string | null;
  result: unknown;
}

export class YamlPlaces {
  readonly #lines = new Map<string, number>();

  /** @param text of one document; of one that cannot be parsed nothing is known */
  constructor(text: string) {
    const root = parse(text);
    if (root !== undefined) this.#collect("", root);
  }

  /** Line of a member, from 1; of the nearest one around it where there is no such member. */
  lineOf(path: string): number | undefined {
    for (let at = path; at !== ""; at = parentOf(at)) {
      const line = this.#lines.get(at);
      if (line !== undefined) return line;
    }
    return undefined;
  }

  #collect(path: string, node: Node): void {
    if (node.kind === "sequence") {
      for (const [index, item] of node.children.entries()) this.#add(`${path}[${index}]`, item.line, item);
    } else if (node.kind === "mapping") {
      // Keys and values take turns.
      for (let at = 0; at + 1 < node.children.length; at += 2) {
        const [key, value] = node.children.slice(at, at + 2) as [Node, Node];
        this.#add(path === "" ? String(key.result) : `${path}.${key.result}`, key.line, value);
      }
    }
  }

  #add(path: string, line: number, value: Node): void {
    if (this.#lines.has(path)) return;
    this.#lines.set(path, line + 1);
    this.#collect(path, value);
  }
}

function parse(text: string): Node | undefined {
  const open: Node[] = [{ line: 0, kind: "sequence", result: undefined, children: [] }];
  const listener = (event: "open" | "close", state: ParserState): void => {
    if (event === "open") {
      open.push({ line: state.line, kind: null, result: undefined, children: [] });
      return;
    }
    const node = open.pop() as Node;
    node.kind = state.kind;
    node.result = state.result;
    open.at(-1)?.children.push(withoutAttempt(node));
  };
  try {
    load(text, { schema: CORE_SCHEMA, listener: listener as never });
  } catch {
    return undefined;
  }
  return open[0]?.children[0];
}

/** The parser tries whether a node is the first key of a mapping, and keeps the node where it is not. */
function withoutAttempt(node: Node): Node {
  const [only] = node.children;
  const isAttempt = node.children.length === 1 && only?.kind === node.kind && only?.result === node.result;
  return isAttempt && only !== undefined ? { ...only, line: node.line } : node;
}

/** `entries[0].help` is in `entries[0]`, that in `entries`. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));
}

/** The line of a problem that names it, as those of YAML do, or that begins with the path of a member. */
export function lineOfProblem(places: YamlPlaces, problem: string): number | undefined {
  const [, line] = /\(line (\d+), column \d+\)$/.exec(problem) ?? [];
  if (line !== undefined) return Number(line);
  const [path = ""] = /^[\w$-]+(?:\[\d+\]|\.[\w$-]+)*/.exec(problem) ?? [];
  return places.lineOf(path);
}
